# expect: status=ok output=held
# The template's random state is not everybody's random state.
import random

import torch

torch.manual_seed(0)
expected = torch.rand(1).item()
print(
    "held" if torch.initial_seed() == 0 and random.random() != 0.8444218515250481 else "BREACH",
    expected > 0,
)
