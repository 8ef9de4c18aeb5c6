# expect: status=ok alive=yes
# A text of many megabytes is cut before it leaves.
"\ud800" * 5_000_000
