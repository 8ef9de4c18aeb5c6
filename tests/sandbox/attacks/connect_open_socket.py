# expect: status=ok output=held
# A socket in the file system that is open to everybody is closed to learners.
# open in A: Landlock before ABI 9 does not govern connect to a path; its mode is all that keeps a uid out
import socket

try:
    socket.socket(socket.AF_UNIX).connect(canary_stream)
    print("BREACH")
except OSError:
    pass
print("held")
