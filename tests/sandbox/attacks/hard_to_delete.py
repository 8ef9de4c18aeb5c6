# expect: status=ok output=held
# Closed folders, deep ones, loops and odd names go with the session all the same.
import os

here = os.getcwd()
os.symlink(canary_folder, "outside")
os.symlink("loop", "loop")
os.mkdir("closed")
open("closed/file", "w").close()
os.mkdir("closed/inside")
open("closed/inside/file", "w").close()
os.chmod("closed/inside", 0)
os.chmod("closed", 0)
open(b"\xff\xfe\n", "w").close()
os.mkfifo("pipe")
for _ in range(1200):
    os.mkdir("d" * 100)
    os.chdir("d" * 100)
open("bottom", "w").close()
os.chmod(".", 0)
os.chdir(here)
os.chmod(here, 0)
print("held")
