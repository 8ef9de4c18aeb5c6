# Layers, Adam, convolutions, losses, schedulers.
model = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.Flatten(), torch.nn.Linear(144, 2))
optimizer = torch.optim.Adam(model.parameters(), foreach=True)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1)
x, y = torch.rand(8, 1, 8, 8), torch.randint(0, 2, (8,))
for _ in range(3):
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
    schedule.step()
torch.set_num_threads(2)
torch.rand(600, 600) @ torch.rand(600, 600)
torch.rand(400, 400, requires_grad=True).exp().sum().backward()
"done"
