"""Code that raises every error the tutor explains: what it says, and what the explanation must name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """`message` begins what is raised; `names` must all stand in the explanation, in any language."""

    code: str
    message: str
    rule: str
    names: tuple[str, ...] = ()
    fix: str = ""
    picture: bool = False


SETUP = """
import copy
import torch.nn as nn
import torch.nn.functional as F
logits = torch.rand(4, 3)
"""

TORCH = {
    "matmul 2d": Case(
        "A = torch.rand(3, 4)\nB = torch.rand(5, 2)\nA @ B",
        "mat1 and mat2 shapes cannot be multiplied (3x4 and 5x2)",
        "matmul-shapes",
        ("`A`", "`[3, 4]`", "`B`", "`[5, 2]`"),
        picture=True,
    ),
    "Linear wrong in": Case(
        "layer = nn.Linear(10, 2)\nx = torch.rand(4, 8)\nlayer(x)",
        "mat1 and mat2 shapes cannot be multiplied (4x8 and 10x2)",
        "matmul-shapes",
        ("`layer`", "10", "`[4, 8]`", "in_features"),
        "torch.nn.Linear(8, 2)",
        picture=True,
    ),
    "bmm": Case(
        "p = torch.rand(2, 3, 4)\nq = torch.rand(2, 5, 6)\ntorch.bmm(p, q)",
        "Expected size for first two dimensions of batch2 tensor to be: [2, 4] but got: [2, 5].",
        "bmm-shapes",
        ("`p`", "`[2, 3, 4]`", "`q`", "`[2, 5, 6]`", "`[2, 4]`"),
        picture=True,
    ),
    "bmm batch": Case(
        "p = torch.rand(2, 3, 4)\nq = torch.rand(3, 4, 5)\np @ q",
        "The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0",
        "broadcast",
        ("`p`", "`[2, 3, 4]`", "`q`", "`[3, 4, 5]`"),
        picture=True,
    ),
    "matvec": Case(
        "M = torch.rand(3, 4)\nv = torch.rand(5)\nM @ v",
        "size mismatch, got input (3), mat (3x4), vec (5)",
        "matrix-vector",
        ("`M`", "`[3, 4]`", "`v`", "`[5]`"),
        picture=True,
    ),
    "dot": Case(
        "u = torch.rand(3)\nv = torch.rand(4)\nu @ v",
        "inconsistent tensor size, expected tensor [3] and src [4]",
        "dot-lengths",
        ("`u`", "3", "`v`", "4"),
        picture=True,
    ),
    "dot2d/0d": Case(
        "s = torch.tensor(2.0)\nv = torch.rand(3)\ns @ v",
        "both arguments to matmul need to be at least 1D, but they are 0D and 1D",
        "matmul-scalar",
        ("`s`", "`[]`"),
        "s * v",
    ),
    "broadcast": Case(
        "a = torch.rand(2, 4)\nb = torch.rand(2, 3)\na + b",
        "The size of tensor a (4) must match the size of tensor b (3) at non-singleton dimension 1",
        "broadcast",
        ("`a`", "`[2, 4]`", "`b`", "`[2, 3]`"),
        picture=True,
    ),
    "view size": Case(
        "t = torch.arange(12)\nt.view(5, 2)",
        "shape '[5, 2]' is invalid for input of size 12",
        "view-size",
        ("`t`", "12", "`[5, 2]`", "5 × 2 = 10"),
        "t.reshape(-1, 2)",
    ),
    "view stride": Case(
        "t = torch.rand(3, 4).T\nt.view(12)",
        "view size is not compatible with input tensor's size and stride",
        "view-stride",
        ("`t`", "`view`"),
        "t.reshape(12)",
    ),
    "reshape": Case(
        "t = torch.arange(12)\nt.reshape(5, -1)",
        "shape '[5, -1]' is invalid for input of size 12",
        "view-size",
        ("`t`", "12", "5"),
    ),
    "cat": Case(
        "a = torch.rand(2, 4)\nb = torch.rand(2, 5)\ntorch.cat([a, b])",
        "Sizes of tensors must match except in dimension 0. Expected size 4 but got size 5",
        "cat-sizes",
        ("`a`", "`[2, 4]`", "`b`", "`[2, 5]`"),
        "torch.cat([a, b], dim=1)",
        picture=True,
    ),
    "stack": Case(
        "a = torch.rand(3)\nb = torch.rand(4)\ntorch.stack([a, b])",
        "stack expects each tensor to be equal size, but got [3] at entry 0 and [4] at entry 1",
        "stack-sizes",
        ("`a`", "`[3]`", "`b`", "`[4]`"),
        picture=True,
    ),
    "device cpu/meta (add)": Case(
        "a = torch.rand(3)\nb = torch.rand(3, device='meta')\na + b",
        "Tensor on device meta is not on the expected device cpu!",
        "device-mismatch",
        ("`a`", "`cpu`", "`b`", "`meta`"),
    ),
    "no grad": Case(
        "x = torch.ones(3)\nloss = (x * 2).sum()\nloss.backward()",
        "element 0 of tensors does not require grad and does not have a grad_fn",
        "no-grad",
        ("`loss`", "requires_grad=True"),
    ),
    "nonscalar backward": Case(
        "x = torch.ones(3, requires_grad=True)\ny = x * 2\ny.backward()",
        "grad can be implicitly created only for scalar outputs",
        "backward-scalar",
        ("`y`", "`[3]`"),
        "y.mean().backward()",
    ),
    "leaf inplace": Case(
        "w = torch.ones(3, requires_grad=True)\nw += 1",
        "a leaf Variable that requires grad is being used in an in-place operation.",
        "leaf-in-place",
        ("`w`",),
        "with torch.no_grad():\n    w += 1",
    ),
    "leaf view inplace": Case(
        "w = torch.ones(3, requires_grad=True)\nw[0] = 5",
        "a view of a leaf Variable that requires grad is being used in an in-place operation.",
        "leaf-in-place",
        ("`w`",),
        "with torch.no_grad():\n    w[0] = 5",
    ),
    "twice backward": Case(
        "x = torch.ones(3, requires_grad=True)\nloss = (x ** 2).sum()\nloss.backward()\nloss.backward()",
        "Trying to backward through the graph a second time",
        "backward-twice",
        ("`loss`", "retain_graph"),
    ),
    "saved tensor modified": Case(
        "x = torch.ones(3, requires_grad=True)\ny = x.exp()\ny += 1\ny.sum().backward()",
        "one of the variables needed for gradient computation has been modified by an inplace operation",
        "saved-changed",
        ("`[3]`", "`exp`"),
    ),
    "numpy on grad": Case(
        "x = torch.ones(3, requires_grad=True)\nx.numpy()",
        "Can't call numpy() on Tensor that requires grad.",
        "numpy-grad",
        ("`x`",),
        "x.detach().numpy()",
    ),
    "tolist/item multi": Case(
        "x = torch.ones(3)\nx.item()",
        "a Tensor with 3 elements cannot be converted to Scalar",
        "item-many",
        ("`x`", "3"),
        "x.tolist()",
    ),
    "bool of many": Case(
        "x = torch.ones(3)\nif x > 0:\n    print('yes')",
        "Boolean value of Tensor with more than one value is ambiguous",
        "bool-many",
        ("`x`", "`[3]`", "`x > 0`"),
        "(x > 0).all()",
    ),
    "long float mm": Case(
        "a = torch.ones(2, 3, dtype=torch.long)\nb = torch.ones(3, 2)\na @ b",
        "expected m1 and m2 to have the same dtype, but got: long int != float",
        "matmul-dtype",
        ("`a`", "`int64`", "`b`", "`float32`"),
        "a.float() @ b",
    ),
    "linear long": Case(
        "layer = nn.Linear(3, 2)\nx = torch.ones(4, 3, dtype=torch.long)\nlayer(x)",
        "mat1 and mat2 must have the same dtype, but got Long and Float",
        "matmul-dtype",
        ("`layer`", "`float32`", "`x`", "`int64`"),
        "x.to(torch.float32)",
    ),
    "linear double": Case(
        "layer = nn.Linear(3, 2)\nx = torch.ones(4, 3, dtype=torch.float64)\nlayer(x)",
        "mat1 and mat2 must have the same dtype, but got Double and Float",
        "matmul-dtype",
        ("`layer`", "`float32`", "`x`", "`float64`", "NumPy"),
        "x.to(torch.float32)",
    ),
    "CE float target 1d": Case(
        "y = torch.rand(4)\nF.cross_entropy(logits, y)",
        "expected target dtype to be Long or Byte, but got Float",
        "target-dtype",
        ("`y`", "`float32`"),
        "y.long()",
    ),
    "CE int32 target": Case(
        "y = torch.zeros(4, dtype=torch.int32)\nloss_fn = nn.CrossEntropyLoss()\nloss_fn(logits, y)",
        "expected target dtype to be Long or Byte, but got Int",
        "target-dtype",
        ("`y`", "`int32`"),
        "y.long()",
    ),
    "CE target oob": Case(
        "y = torch.tensor([0, 1, 2, 3])\nF.cross_entropy(logits, y)",
        "Target 3 is out of bounds.",
        "target-range",
        ("`logits`", "`[4, 3]`", "`y`"),
        "y - 1",
    ),
    "CE batch": Case(
        "y = torch.tensor([0, 1, 2])\nF.cross_entropy(logits, y)",
        "Expected input batch_size (4) to match target batch_size (3).",
        "target-batch",
        ("`logits`", "4", "`y`", "3"),
        picture=True,
    ),
    "CE target 2d": Case(
        "y = torch.zeros(4, 1, dtype=torch.long)\nF.cross_entropy(logits, y)",
        "0D or 1D target tensor expected, multi-target not supported",
        "target-2d",
        ("`y`", "`[4, 1]`"),
        "y.squeeze(1)",
    ),
    "nll float": Case(
        "y = torch.rand(4)\nF.nll_loss(logits.log_softmax(1), y)",
        "expected target dtype to be Long or Byte, but got Float",
        "target-dtype",
        ("`y`", "`float32`"),
        "y.long()",
    ),
    "BCE size": Case(
        "p = torch.rand(4, 1)\ny = torch.rand(4)\nF.binary_cross_entropy(p, y)",
        "Using a target size (torch.Size([4])) that is different to the input size",
        "bce-size",
        ("`p`", "`[4, 1]`", "`y`", "`[4]`"),
        "p.squeeze(1)",
        picture=True,
    ),
    "BCE long": Case(
        "p = torch.rand(4)\ny = torch.ones(4, dtype=torch.long)\nF.binary_cross_entropy_with_logits(p, y)",
        "result type Float can't be cast to the desired output type Long",
        "result-dtype",
        ("`y`", "`int64`"),
        "y.float()",
    ),
    "BCE range": Case(
        "p = torch.tensor([2.0])\ny = torch.tensor([1.0])\nF.binary_cross_entropy(p, y)",
        "all elements of input should be between 0 and 1",
        "bce-range",
        ("`p`",),
        "torch.nn.functional.binary_cross_entropy_with_logits(p, y)",
    ),
    "embedding float": Case(
        "emb = nn.Embedding(10, 3)\nids = torch.rand(2)\nemb(ids)",
        "Expected tensor for argument #1 'indices' to have one of the following scalar types",
        "embedding-dtype",
        ("`ids`", "`float32`"),
        "ids.long()",
    ),
    "embedding oob": Case(
        "emb = nn.Embedding(10, 3)\nids = torch.tensor([1, 10])\nemb(ids)",
        "index out of range in self",
        "embedding-range",
        ("`emb`", "9", "`ids`"),
        "ids.max()",
    ),
    "conv channels": Case(
        "conv = nn.Conv2d(3, 8, 3)\nimg = torch.rand(1, 1, 28, 28)\nconv(img)",
        "Given groups=1, weight of size [8, 3, 3, 3], expected input[1, 1, 28, 28] to have 3 channels",
        "conv-channels",
        ("`conv`", "3", "`img`", "`[1, 1, 28, 28]`"),
        "torch.nn.Conv2d(1, 8, 3)",
        picture=True,
    ),
    "conv dims": Case(
        "conv = nn.Conv2d(3, 8, 3)\nimg = torch.rand(28, 28)\nconv(img)",
        "Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: [28, 28]",
        "conv-dims",
        ("`conv`", "`img`", "`[28, 28]`"),
        "img.unsqueeze(0).unsqueeze(0)",
    ),
    "conv kernel": Case(
        "conv = nn.Conv2d(1, 8, 5)\nimg = torch.rand(1, 1, 3, 3)\nconv(img)",
        "Calculated padded input size per channel: (3 x 3). Kernel size: (5 x 5).",
        "kernel-size",
        ("`conv`", "3 × 3", "5 × 5"),
    ),
    "index oob": Case(
        "x = torch.rand(3)\nx[5]",
        "index 5 is out of bounds for dimension 0 with size 3",
        "index-range",
        ("`x`", "3", "5"),
    ),
    "dim oob": Case(
        "x = torch.rand(3)\nx.sum(dim=1)",
        "Dimension out of range (expected to be in range of [-1, 0], but got 1)",
        "dim-range",
        ("`x`", "`[3]`"),
        "x.sum(dim=0)",
    ),
    "too many idx": Case(
        "x = torch.rand(3)\nx[0, 0]",
        "too many indices for tensor of dimension 1",
        "too-many-indices",
        ("`x`", "1", "2"),
    ),
    "mask shape": Case(
        "x = torch.rand(3)\nmask = torch.ones(4, dtype=torch.bool)\nx[mask]",
        "The shape of the mask [4] at index 0 does not match the shape of the indexed tensor [3]",
        "mask-shape",
        ("`x`", "`[3]`", "`mask`", "`[4]`"),
    ),
    "index float": Case(
        "x = torch.rand(3)\npicks = torch.rand(2)\nx[picks]",
        "tensors used as indices must be long, int, byte or bool tensors",
        "index-dtype",
        ("`picks`", "`float32`"),
        "picks.long()",
    ),
    "grad on int": Case(
        "torch.ones(3, dtype=torch.long, requires_grad=True)",
        "Only Tensors of floating point and complex dtype can require gradients",
        "grad-dtype",
    ),
    "mean long": Case(
        "x = torch.arange(3)\nx.mean()",
        "mean(): could not infer output dtype.",
        "mean-dtype",
        ("`x`", "`int64`"),
        "x.float().mean()",
    ),
    "int inplace": Case(
        "x = torch.arange(3)\nx += 0.5",
        "result type Float can't be cast to the desired output type Long",
        "result-dtype",
        ("`x`", "`int64`", "`float32`"),
        "x = x + 0.5",
    ),
    "ragged": Case(
        "torch.tensor([[1, 2], [3]])",
        "expected sequence of length 2 at dim 1 (got 1)",
        "ragged",
        ("2", "1"),
    ),
    "torch.tensor(list of tensors)": Case(
        "rows = [torch.ones(2), torch.ones(2)]\ntorch.tensor(rows)",
        "only one element tensors can be converted to Python scalars",
        "tensor-of-tensors",
        ("`torch.tensor`",),
        "torch.stack(rows)",
    ),
    "from strings": Case(
        "torch.tensor(['a', 'b'])", "too many dimensions 'str'", "tensor-of-strings"
    ),
    "squeeze expand": Case(
        "row = torch.ones(3)\nrow.expand(4, 2)",
        "The expanded size of the tensor (2) must match the existing size (3)",
        "expand",
        ("`row`", "`[3]`", "`[4, 2]`"),
    ),
    "permute": Case(
        "t = torch.ones(2, 3)\nt.permute(0, 1, 2)",
        "permute(sparse_coo): number of dimensions in the tensor input does not match",
        "permute-dims",
        ("`t`", "2", "3"),
    ),
    "state_dict": Case(
        "layer = nn.Linear(3, 2)\nlayer.load_state_dict(nn.Linear(4, 2).state_dict())",
        "Error(s) in loading state_dict for Linear:\n\tsize mismatch for weight",
        "state-dict",
        ("`weight`", "`[2, 4]`", "`[2, 3]`"),
    ),
    "optimizer empty": Case(
        "torch.optim.SGD([], lr=0.1)", "optimizer got an empty parameter list", "optimizer-empty"
    ),
    "optim non-leaf": Case(
        "w = torch.ones(3, requires_grad=True)\ntorch.optim.SGD([w * 2], lr=0.1)",
        "can't optimize a non-leaf Tensor",
        "optimizer-leaf",
    ),
    "batchnorm 1": Case(
        "norm = nn.BatchNorm1d(3)\nnorm(torch.rand(1, 3))",
        "Expected more than 1 value per channel when training, got input size torch.Size([1, 3])",
        "batchnorm-single",
        ("`[1, 3]`",),
    ),
    "deepcopy nonleaf": Case(
        "w = torch.ones(3, requires_grad=True) * 2\ncopy.deepcopy(w)",
        "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol",
        "deepcopy",
        ("`w`",),
        "w.detach().clone()",
    ),
    "inference tensor": Case(
        "with torch.inference_mode():\n    k = torch.ones(3)\nw = torch.ones(3, requires_grad=True)\nw * k",
        "Inference tensors cannot be saved for backward.",
        "inference-tensor",
        ("`w * k`",),
    ),
    "OOM cpu": Case(
        "torch.ones(10 ** 15)",
        "[enforce fail at alloc_cpu.cpp:",
        "memory",
        ("4,000 TB",),
    ),
    "flatten forgot": Case(
        "model = nn.Sequential(nn.Conv2d(1, 16, 3), nn.MaxPool2d(2), nn.Linear(2704, 10))\n"
        "model(torch.rand(1, 1, 28, 28))",
        "mat1 and mat2 shapes cannot be multiplied (208x13 and 2704x10)",
        "matmul-shapes",
        ("`model[2]`", "16 × 13 × 13 = 2704"),
        "torch.nn.Flatten()",
        picture=True,
    ),
    "grad unused": Case(
        "x = torch.ones(3, requires_grad=True)\nz = torch.ones(3, requires_grad=True)\n"
        "loss = (x * 2).sum()\ntorch.autograd.grad(loss, z)",
        "The differentiated Tensor at index 0 appears to not have been used in the graph.",
        "grad-unused",
        ("`loss`", "`z`"),
    ),
    "missing arg": Case(
        "torch.zeros('3')",
        "zeros(): argument 'size' (position 1) must be tuple of ints, not str",
        "size-argument",
        ("`'3'`",),
        "torch.zeros(3)",
    ),
    "tuple call": Case(
        "x = torch.ones(3)\nx(0)",
        "'Tensor' object is not callable",
        "call-tensor",
        ("`x`", "`[3]`"),
        "x[0]",
    ),
    "attr": Case(
        "x = torch.ones(3)\nx.shapes",
        "'Tensor' object has no attribute 'shapes'",
        "no-attribute",
        ("`x`", "`shapes`", "`shape`"),
        "x.shape",
    ),
    "mask_fill": Case(
        "x = torch.ones(3)\nmask = torch.ones(4, dtype=torch.bool)\nx.masked_fill(mask, 0.0)",
        "The size of tensor a (4) must match the size of tensor b (3) at non-singleton dimension 0",
        "broadcast",
        ("`x`", "`[3]`", "`mask`", "`[4]`"),
        picture=True,
    ),
    "lstm": Case(
        "lstm = nn.LSTM(4, 8)\nseq = torch.rand(5, 1, 6)\nlstm(seq)",
        "input.size(-1) must be equal to input_size. Expected 4, got 6",
        "rnn-input-size",
        ("`lstm`", "4", "`seq`", "`[5, 1, 6]`"),
    ),
    "mha": Case(
        "nn.MultiheadAttention(10, 3)",
        "embed_dim must be divisible by num_heads",
        "heads",
        ("10", "3", "1, 2, 5"),
    ),
}
"""PyTorch's messages, by what leads to them. `.cuda()` without a GPU is the sandbox's own matter."""

MORE_TORCH = {
    "grad on int, later": Case(
        "x = torch.arange(3)\nx.requires_grad_()",
        "only Tensors of floating point dtype can require gradients",
        "grad-dtype",
        ("`x`", "`int64`"),
    ),
    "inside a model of one's own": Case(
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.first = nn.Linear(10, 5)\n"
        "        self.rest = nn.Sequential(nn.ReLU(), nn.Linear(6, 2))\n"
        "    def forward(self, x):\n"
        "        return self.rest(self.first(x))\n"
        "net = Net()\nnet(torch.rand(4, 10))",
        "mat1 and mat2 shapes cannot be multiplied (4x5 and 6x2)",
        "matmul-shapes",
        ("`self.rest[1]`", "6", "`[4, 5]`"),
        picture=True,
    ),
    "in a comprehension": Case(
        "ms = [torch.ones(2, 3)]\n[m @ m for m in ms]",
        "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
        "matmul-shapes",
        ("`m`", "`[2, 3]`"),
        picture=True,
    ),
    "in a lambda": Case(
        "big = torch.ones(5, 5)\n(lambda m: m @ big)(torch.ones(2, 3))",
        "mat1 and mat2 shapes cannot be multiplied (2x3 and 5x5)",
        "matmul-shapes",
        ("`m`", "`[2, 3]`", "`big`", "`[5, 5]`"),
        picture=True,
    ),
    "a thousand calls deep": Case(
        "def deep(n):\n    return deep(n - 1) if n else left @ left\n"
        "left = torch.ones(2, 3)\ndeep(900)",
        "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
        "matmul-shapes",
        ("`left`", "`[2, 3]`"),
        picture=True,
    ),
    "exec'd code": Case(
        "exec('torch.ones(2, 3) @ torch.ones(2, 3)')",
        "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
        "matmul-shapes",
        ("`[2, 3]`",),
        picture=True,
    ),
    "caught and raised again": Case(
        "A = torch.rand(3, 4)\nB = torch.rand(5, 2)\ntry:\n    A @ B\nexcept RuntimeError as error:\n    raise error",
        "mat1 and mat2 shapes cannot be multiplied (3x4 and 5x2)",
        "matmul-shapes",
        ("`A`", "`B`"),
        picture=True,
    ),
    "a transpose that fits": Case(
        "A = torch.rand(3, 4)\nW = torch.rand(2, 4)\nA @ W",
        "mat1 and mat2 shapes cannot be multiplied (3x4 and 2x4)",
        "matmul-shapes",
        ("`W`", "`[2, 4]`"),
        "A @ W.T",
        picture=True,
    ),
    "a transpose, taken already": Case(
        "W = torch.rand(2, 4)\nx = torch.rand(3, 2)\nx @ W.T",
        "mat1 and mat2 shapes cannot be multiplied (3x2 and 4x2)",
        "matmul-shapes",
        ("`W.T`", "`[4, 2]`"),
        "x @ W",
        picture=True,
    ),
    "an attribute of an object": Case(
        "class Box:\n    pass\nbox = Box()\nbox.left = torch.rand(2, 3)\nbox.left @ box.left",
        "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
        "matmul-shapes",
        ("`box.left`", "`[2, 3]`"),
        picture=True,
    ),
    "one number for each row": Case(
        "table = torch.rand(4, 3)\nmeans = torch.rand(4)\ntable - means",
        "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
        "broadcast",
        ("`table`", "`[4, 3]`", "`means`", "`[4]`"),
        "table - means.unsqueeze(1)",
        picture=True,
    ),
    "a module of a loss": Case(
        "loss_fn = nn.MSELoss()\npred = torch.rand(4, 3)\ny = torch.rand(4, 2)\nloss_fn(pred, y)",
        "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1",
        "broadcast",
        ("`pred`", "`[4, 3]`", "`y`", "`[4, 2]`"),
        picture=True,
    ),
    "put into a row": Case(
        "w = torch.rand(4, 4)\nw[0] = torch.ones(3)",
        "The expanded size of the tensor (4) must match the existing size (3)",
        "expand",
        ("`w[0]`", "`[4]`", "`[3]`"),
    ),
    "channels last": Case(
        "conv = nn.Conv2d(3, 8, 3)\nimg = torch.rand(2, 28, 28, 3)\nconv(img)",
        "Given groups=1, weight of size [8, 3, 3, 3], expected input[2, 28, 28, 3]",
        "conv-channels",
        ("`img`", "`[2, 28, 28, 3]`"),
        "img.permute(0, 3, 1, 2)",
        picture=True,
    ),
    "going through a number": Case(
        "for i in torch.tensor(3):\n    pass", "iteration over a 0-d tensor", "iterate-scalar"
    ),
    "not": Case(
        "flags = torch.ones(2)\nnot flags",
        "Boolean value of Tensor with more than one value is ambiguous",
        "bool-many",
        ("`flags`", "`[2]`"),
        "flags.all()",
    ),
    "BCE target of whole numbers": Case(
        "p = torch.rand(4)\ny = torch.ones(4, dtype=torch.long)\nF.binary_cross_entropy(p, y)",
        "Found dtype Long but expected Float",
        "dtype-mismatch",
        ("`y`", "`int64`"),
        "y.float()",
    ),
}

PYTHON = {
    "a name like another": Case(
        "learning_rate = 0.1\nlerning_rate",
        "name 'lerning_rate' is not defined",
        "unknown-name",
        ("`lerning_rate`", "`learning_rate`"),
        "learning_rate",
    ),
    "a name in other letters": Case(
        "Loss = 1\nloss_of_all = 2\nLOSS",
        "name 'LOSS' is not defined",
        "unknown-name",
        ("`Loss`",),
        "Loss",
    ),
    "a module that is not imported": Case(
        "np.ones(3)", "name 'np' is not defined", "unknown-name", ("`np`",), "import numpy as np"
    ),
    "a small letter": Case("x = true", "name 'true' is not defined", "unknown-name", (), "True"),
    "a name of nothing": Case(
        "qqqqzzzz", "name 'qqqqzzzz' is not defined", "unknown-name", ("`qqqqzzzz`",)
    ),
    "a variable of the function": Case(
        "def add(n):\n    total = total + n\n    return total\nadd(2)",
        "cannot access local variable 'total'",
        "unbound-local",
        ("`total`",),
    ),
    "a function of torch": Case(
        "torch.onse(3)",
        "module 'torch' has no attribute 'onse'",
        "no-attribute",
        ("`onse`",),
        "torch.ones",
    ),
    "a layer of a model": Case(
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.fc1 = nn.Linear(2, 2)\nmodel = Net()\nmodel.fc2",
        "'Net' object has no attribute 'fc2'",
        "no-attribute",
        ("`model`", "`fc2`", "`fc1`"),
        "model.fc1",
    ),
    "a list for a tensor": Case(
        "rows = [1, 2]\nrows.shape",
        "'list' object has no attribute 'shape'",
        "no-attribute",
        ("`rows`", "`list`"),
        "torch.tensor(rows)",
    ),
    "nothing": Case(
        "w = torch.ones(2, requires_grad=True)\nw.grad.zero_()",
        "'NoneType' object has no attribute 'zero_'",
        "no-attribute",
        ("`w.grad`", "`None`"),
    ),
    "a key like another": Case(
        "d = {'loss': 1}\nd['los']", "'los'", "missing-key", ("`d`", "`los`", "`loss`"), 'd["loss"]'
    ),
    "a list's end": Case(
        "rows = [1, 2]\nrows[2]", "list index out of range", "list-index", ("`rows`", "2", "1")
    ),
    "an argument left out": Case(
        "def f(a, b):\n    return a\nf(1)",
        "f() missing 1 required positional argument: 'b'",
        "missing-argument",
        ("`f()`", "`b`"),
    ),
    "a layer without input": Case(
        "layer = nn.Linear(3, 2)\nlayer()",
        "Linear.forward() missing 1 required positional argument: 'input'",
        "missing-argument",
        ("`layer()`", "`input`"),
    ),
    "an argument too many": Case(
        "def f(a, b):\n    return a\nf(1, 2, 3)",
        "f() takes 2 positional arguments but 3 were given",
        "too-many-arguments",
        ("`f()`", "2", "3"),
    ),
    "self forgotten": Case(
        "class A:\n    def go(n):\n        return n\nA().go(1)",
        "A.go() takes 1 positional argument but 2 were given",
        "too-many-arguments",
        ("`go()`", "`self`"),
    ),
    "an unknown argument": Case(
        "def f(a):\n    return a\nf(1, b=2)",
        "f() got an unexpected keyword argument 'b'",
        "unknown-argument",
        ("`f()`", "`b`"),
        "help(f)",
    ),
    "text and a number": Case(
        "n = 3\n'loss ' + n",
        'can only concatenate str (not "int") to str',
        "text-and-number",
        ("`'loss ' + n`", "`int`"),
    ),
    "no colon": Case("if True\n    x = 1", "expected ':'", "colon", (), "if True:"),
    "an open bracket": Case(
        "print(max(1, 2)", "'(' was never closed", "unclosed", ("`(`",), "print(max(1, 2))"
    ),
    "brackets of two kinds": Case(
        "x = (1, 2]", "closing parenthesis ']' does not match", "bracket-pair", ("`(`", "`]`")
    ),
    "a bracket too many": Case("x = 1)", "unmatched ')'", "unmatched", ("`)`",)),
    "open text": Case("x = 'abc", "unterminated string literal", "unclosed-text"),
    "print without brackets": Case(
        "print 'a'", "Missing parentheses in call to 'print'", "print", (), "print('a')"
    ),
    "one equals sign": Case(
        "x = 1\nif x = 3:\n    pass",
        "invalid syntax. Maybe you meant '=='",
        "equals",
        (),
        "if x == 3:",
    ),
    "no comma": Case("x = [1 2]", "invalid syntax. Perhaps you forgot a comma?", "comma"),
    "smart quotes": Case(
        "print(“hi”)", "invalid character '“' (U+201C)", "typographic", ("`“`",), 'print("hi")'
    ),
    "full-width bracket": Case(
        "print（1）", "invalid character '（' (U+FF08)", "typographic", ("FF08",), "print(1)"
    ),
    "a hard space": Case(
        "x\u00a0= 1", "invalid non-printable character U+00A0", "typographic", ("00A0",), "x = 1"
    ),
    "no indent": Case(
        "if True:\nx = 1", "expected an indented block", "indent-missing", (), "if True:\n    x = 1"
    ),
    "an indent": Case("x = 1\n  y = 2", "unexpected indent", "indent-unexpected", ("2",), "y = 2"),
    "an indent in between": Case(
        "if True:\n    x = 1\n  y = 2", "unindent does not match", "indent-level", ("3",)
    ),
    "tabs and spaces": Case(
        "if True:\n\tx = 1\n        y = 2", "inconsistent use of tabs", "tabs", ("3",)
    ),
}

EVERY = {**TORCH, **MORE_TORCH, **PYTHON}
