# TorchScript works, and torch.compile fails for the want of a compiler and of nothing else.
@torch.jit.script
def double(x: torch.Tensor) -> torch.Tensor:
    return x * 2


double(torch.ones(3))
torch.jit.trace(torch.nn.Linear(2, 2), torch.rand(1, 2))(torch.rand(3, 2))
try:
    torch.compile(lambda x: x.sin() + 1)(torch.rand(4))
except Exception as error:
    assert "compiler" in str(error).lower() or "g++" in str(error), repr(error)
torch.export.export(torch.nn.Linear(2, 2), (torch.rand(1, 2),))
"done"
