# linalg, fft, torch.func, sparse, quantized, bfloat16.
a = torch.rand(60, 60) + torch.eye(60)
torch.linalg.svd(a), torch.linalg.solve(a, a), torch.linalg.eigh(a + a.T)
torch.fft.rfft2(a)
torch.func.vmap(torch.func.grad(lambda v: (v**2).sum()))(a)
torch.func.jacrev(torch.sin)(a[0])
torch.sparse.mm(a.to_sparse(), a), a.to_sparse_csr() @ a
torch.quantize_per_tensor(a, 0.1, 0, torch.quint8).dequantize()
a.bfloat16() @ a.bfloat16()
"done"
