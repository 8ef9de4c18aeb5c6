# expect: status=ok alive=yes
# Closed, detached and replaced streams cost this cell its output, and the next one nothing.
import sys

sys.stdout.detach()
sys.stderr.close()
sys.stdin = None
