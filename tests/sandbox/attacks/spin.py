# expect: status=timeout alive=yes
# A loop is interrupted and the session lives.
while True:
    pass
