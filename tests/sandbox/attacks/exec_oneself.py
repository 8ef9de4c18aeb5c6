# expect: status=killed|timeout alive=no
# Another program in the place of this one stands inside the same walls.
import os
import sys

inner = """
import os
try:
    open(os.environ['F']).read(); print('BREACH')
except OSError:
    print('inside', flush=True)
"""
if os.fork() == 0:
    os.execve(sys.executable, [sys.executable, "-S", "-c", inner], {"F": canary_file})
os.wait()
os.execve(sys.executable, [sys.executable, "-S", "-c", inner], {"F": canary_file})
