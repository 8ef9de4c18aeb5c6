# expect: status=error alive=yes
# An exception whose text raises, and whose text never ends.
class Evil(Exception):
    def __str__(self):
        raise SystemExit("no")


try:
    raise ValueError("x" * 10_000_000)
except ValueError as inner:
    raise Evil from inner
