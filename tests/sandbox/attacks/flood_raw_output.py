# expect: status=output_limit
# The same, past Python's streams.
import os

while True:
    os.write(2, b"y" * 65536)
