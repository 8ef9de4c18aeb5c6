# expect: status=oom|error
# A value whose text is larger than the memory of its session.
class Giant:
    def __repr__(self):
        return "x" * (2 << 30)


Giant()
