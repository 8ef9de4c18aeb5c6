# expect: status=killed signal=11 alive=no
# A segmentation fault.
import ctypes

ctypes.string_at(0)
