# expect: status=timeout
# A value whose text never ends is limited like its cell.
class Endless:
    def __repr__(self):
        while True:
            pass


Endless()
