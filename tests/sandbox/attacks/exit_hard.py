# expect: status=killed exit_code=7 alive=no
# The process ends itself.
import os

os._exit(7)
