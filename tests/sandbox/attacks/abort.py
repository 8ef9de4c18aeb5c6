# expect: status=killed signal=6 alive=no
# An abort from C.
import os

os.abort()
