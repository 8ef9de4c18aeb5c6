# expect: status=ok output=held
# One file cannot grow past its limit, and too many cannot be open.
import resource

with open("big", "wb") as file:
    try:
        for _ in range(100):
            file.write(b"\0" * (4 << 20))
        print("BREACH size")
    except OSError:
        pass
opened = []
try:
    for number in range(5000):
        opened.append(open(f"f{number}", "w"))
    print("BREACH count")
except OSError:
    pass
for file in opened:
    file.close()
print("held")
