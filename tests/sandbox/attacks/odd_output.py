# expect: status=ok output=held
# Lone surrogates, NUL, invalid UTF-8 and escapes come through as text.
import os

print(chr(56550), "\0", "\x1b[2J\x1b[31m", "\u202e")
os.write(1, b"\xff\xfe\n")
print("held")
