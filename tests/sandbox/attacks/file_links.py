# expect: status=ok alive=yes files=kept.txt more_files=0
# Links, FIFOs and sockets never come out, whatever they lead to.
import os
import socket

open("kept.txt", "w").write("mine")
os.symlink("/etc/passwd", "passwd.txt")
os.symlink("/etc", "etc")
os.symlink("kept.txt", "again.txt")
os.mkfifo("fifo.txt")
try:
    socket.socket(socket.AF_UNIX).bind("socket.txt")
except OSError:
    pass
open("one.txt", "w").write("two names")
os.link("one.txt", "two.txt")
open(".hidden", "w").write("x")
os.mkdir("__pycache__")
open("__pycache__/x.pyc", "w").write("x")
