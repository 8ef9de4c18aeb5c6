# expect: status=timeout alive=no
# A loop in C hears no interrupt and is killed.
sum(range(10**12))
