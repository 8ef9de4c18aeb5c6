# expect: status=killed|error|ok alive=no
# Ten thousand files are over the limit of the session.
for number in range(10_000):
    open(f"{number:05}.txt", "w").write("x")
