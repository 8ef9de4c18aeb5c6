# Python in Python: started, killed, read from, and by `spawn`'s machinery.
import subprocess, sys

run = lambda code, **more: subprocess.run(
    [sys.executable, "-c", code], capture_output=True, text=True, **more
)
assert run("print(input())", input="hello").stdout == "hello\n"
assert (
    run(
        "import threading, time; t = threading.Thread(target=time.sleep, args=(0,)); t.start(); print(1)"
    ).stdout
    == "1\n"
)
assert run("import numpy, json; print(numpy.ones(3).sum())").stdout == "3.0\n"
sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
sleeper.kill()
assert sleeper.wait() == -9
"done"
