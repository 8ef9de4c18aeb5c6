# expect: status=killed alive=no error=OSError
# Nor may they when the cell is over before anybody looks; here by their number.
for number in range(2500):
    open(f"f{number}", "w").close()
