# expect: status=ok alive=yes files=near.txt
# A tree that goes down and down is not followed, and does not keep the session from being wiped.
import os

open("near.txt", "w").write("x")
home = os.getcwd()
for _ in range(300):
    os.mkdir("d")
    os.chdir("d")
open("far.txt", "w").write("x")
os.chdir(home)
