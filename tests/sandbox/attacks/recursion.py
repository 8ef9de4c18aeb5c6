# expect: status=error alive=yes error=RecursionError
# Endless recursion is an ordinary error.
def deeper():
    return deeper()


deeper()
