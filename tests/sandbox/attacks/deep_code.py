# expect: status=error|oom alive=yes
# Code nested deeper than the parser likes.
eval("(" * 100_000 + ")" * 100_000)
