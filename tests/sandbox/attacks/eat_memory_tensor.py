# expect: status=oom alive=yes
# One tensor that cannot fit.
import torch

torch.ones(10**12)
