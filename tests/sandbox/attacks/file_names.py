# expect: status=ok alive=yes count=6 more_files=0
# Names that break lines, turn text around or are no text at all come out harmless.
for name in ("a\nb.txt", "a\u202etxt.exe", "\U0001f600.txt", "up\\..\\up.txt", "x" * 250 + ".txt"):
    open(name, "w").write("x")
open(b"\xff\xfe.txt", "w").write("x")
