# expect: status=killed|error
# Recursion past every limit of the interpreter ends this process.
import sys

sys.setrecursionlimit(10**9)


class Deep:
    def __getattr__(self, name):
        return getattr(self, name)


Deep().x
