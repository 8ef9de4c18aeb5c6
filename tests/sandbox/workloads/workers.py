# tier A only: DataLoader workers hand tensors over by local sockets.
from torch.utils.data import DataLoader, TensorDataset

loader = DataLoader(TensorDataset(torch.arange(16.0)), batch_size=4, num_workers=2)
for _ in range(2):
    assert sum(batch.sum().item() for (batch,) in loader) == 120
"done"
