# expect: status=ok alive=yes again=silent
# Replacing print, torch, sys.modules and builtins leaves a session that still answers.
import builtins
import sys

import torch

sys.stdout = None
sys.stderr = None
builtins.print = None
builtins.repr = lambda x: "forged"
torch.Tensor.__repr__ = lambda self: "forged"
torch.Tensor.shape = property(lambda self: 1 / 0)
torch = None
sys.modules.clear()
