# expect: status=ok job=evaluation answer=OpaqueValue
# What an answer would do when unpickled is not done: nothing is ever unpickled.
import os


class Bomb:
    def __reduce__(self):
        return os.system, (f"rm {canary_file}",)


answer = Bomb()
twice = None
