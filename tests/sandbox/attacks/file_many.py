# expect: status=ok alive=yes count=10 more_files=1190
# A folder full of files: ten come out, the others are counted.
for number in range(1200):
    open(f"{number:05}.txt", "w").write("x")
