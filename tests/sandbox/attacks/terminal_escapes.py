# expect: status=ok output=held
# No escape sequence reaches a terminal, in one piece or in many.
import os
import time

os.write(1, b"\x1b]0;title\x07\x1b[2J\x1bP1$r\x1b\\\x9b31m\xc2\x9b31m")
for byte in b"\x1b]52;c;aGVsZA==\x07\x1b[31m":
    os.write(1, bytes([byte]))
    time.sleep(0.002)
print("held")
