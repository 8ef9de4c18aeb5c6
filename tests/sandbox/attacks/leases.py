# expect: status=ok output=held
# Nobody holds up those who open shared files.
import fcntl
import os

with open(torch.__file__) as file:
    for kind in (fcntl.F_RDLCK, fcntl.F_WRLCK):
        try:
            fcntl.fcntl(file, 1024, kind)
            print("BREACH")
        except OSError:
            pass
print("held")
