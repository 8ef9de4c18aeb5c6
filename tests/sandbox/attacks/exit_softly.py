# expect: status=error exit_code=3 alive=yes
# `sys.exit` ends the cell and leaves the session.
import sys

sys.exit(3)
