# expect: status=error alive=yes
# Errors that cause each other, and say more than anybody reads.
class Liar(Exception):
    __class__ = property(lambda self: 1 / 0)
    __cause__ = None

    def __str__(self):
        return "\x1b[31m\ud800" * 1_000_000


first, second = Liar(), ValueError("y" * 1_000_000)
first.__context__ = second
second.__context__ = first
try:
    raise first
except BaseException as error:
    for _ in range(2000):
        error = ExceptionGroup("g", [ValueError("z" * 1000), ValueError("z")])
    raise error
