# expect: status=oom alive=yes
# A Python program that asks for more than its share gets MemoryError and keeps its session.
hoard = []
while True:
    hoard.append(bytearray(50_000_000))
