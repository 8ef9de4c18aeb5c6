# expect: status=ok alive=yes output=held
# Objects whose every attribute fights back do not disturb the report.
import os

import torch


class Evil(torch.Tensor):
    @classmethod
    def __torch_function__(cls, *args, **kwargs):
        os._exit(9)

    shape = property(lambda self: os._exit(9))
    dtype = property(lambda self: os._exit(9))
    __class__ = property(lambda self: os._exit(9))

    def __repr__(self):
        os._exit(9)


class Liar:
    @property
    def __class__(self):
        os._exit(9)

    def __getattr__(self, name):
        os._exit(9)


evil = torch.Tensor._make_subclass(Evil, torch.ones(3))
liar = Liar()
Evil.__getattribute__ = lambda self, name: os._exit(9)
globals()["\u202e\n" * 10] = torch.ones(2)
for number in range(3000):
    globals()[f"t{number}"] = number
print("held")
