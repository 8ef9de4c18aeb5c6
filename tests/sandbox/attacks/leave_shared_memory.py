# expect: status=ok output=held
# Shared memory that nobody unlinks goes with the session.
import os

for number in range(20):
    open(f"/dev/shm/torch_{neighbour_pid}_{os.urandom(4).hex()}_{number}", "wb").write(b"x" * 4096)
print("held")
