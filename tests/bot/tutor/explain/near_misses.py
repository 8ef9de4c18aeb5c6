"""Code whose errors look like those that are explained, and are not: nothing may be said of them."""

MATMUL = "mat1 and mat2 shapes cannot be multiplied (3x4 and 5x2)"
BROADCAST = (
    "The size of tensor a (4) must match the size of tensor b (3) at non-singleton dimension 1"
)

SETUP = f"""
import asyncio, collections, concurrent.futures, contextlib, functools, json, operator, struct
import numpy as np, sympy, networkx, PIL.Image
import matplotlib.pyplot as plt
import torch.nn as nn
MATMUL = {MATMUL!r}
BROADCAST = {BROADCAST!r}
A, B = torch.rand(3, 4), torch.rand(5, 2)
"""

OWN = {
    "raised": "raise RuntimeError(MATMUL)",
    "raised in a function": "def f():\n    raise RuntimeError(MATMUL)\nf()",
    "raised from the real one": "try:\n    A @ B\nexcept RuntimeError as e:\n    raise RuntimeError(str(e)) from e",
    "raised from nothing": "try:\n    A @ B\nexcept RuntimeError as e:\n    raise RuntimeError(str(e)) from None",
    "a class of that name": "class RuntimeError(Exception): pass\nraise RuntimeError(MATMUL)",
    "a subclass": "del RuntimeError\nclass ShapeError(RuntimeError): pass\nraise ShapeError(MATMUL)",
    "a class that is another": "class E(Exception):\n    __class__ = RuntimeError\nraise E(MATMUL)",
    "another type": "raise TypeError(MATMUL)",
    "text around it": "raise RuntimeError(f'oh: {MATMUL}')",
    "more after it": "raise RuntimeError(f'{MATMUL} at line 3')",
    "in an operator": "class M:\n    def __matmul__(self, other):\n        raise RuntimeError(MATMUL)\nM() @ M()",
    "in a property": "class M:\n    @property\n    def T(self):\n        raise RuntimeError(MATMUL)\nM().T",
    "in forward": "class N(nn.Module):\n    def forward(self, x):\n        raise RuntimeError(MATMUL)\nN()(A)",
    "in a sort": "def key(n):\n    raise RuntimeError(MATMUL)\nsorted([1, 2], key=key)",
    "in a comprehension": "def f(n):\n    raise RuntimeError(BROADCAST)\n[f(n) for n in range(2)]",
    "thrown into a generator": "def g():\n    yield 1\nh = g()\nnext(h)\nh.throw(RuntimeError(MATMUL))",
    "a result of the future": "f = concurrent.futures.Future()\nf.set_exception(RuntimeError(MATMUL))\nf.result()",
    "awaited": "f = asyncio.get_event_loop().create_future()\nf.set_exception(RuntimeError(MATMUL))\nawait f",
    "in exec": "exec('raise RuntimeError(MATMUL)')",
    "without a traceback": "raise RuntimeError(MATMUL).with_traceback(None)",
    "in a context manager": "@contextlib.contextmanager\ndef c():\n    raise RuntimeError(MATMUL)\n    yield\nwith c():\n    pass",
    "an assertion": "assert 10 % 3 == 0, 'embed_dim must be divisible by num_heads'",
    "a name that is there": "raise NameError(\"name 'np' is not defined\")",
    "a name in exec": "eval('numpyy')",
    "an attribute of one's own": "class DataFrame:\n    def __getattr__(self, name):\n        raise AttributeError(f\"'Tensor' object has no attribute '{name}'\")\nDataFrame().shapes",
    "a key of one's own": "class Table(dict):\n    def __missing__(self, key):\n        raise KeyError(key)\nTable(loss=1)['los']",
    "an index of one's own": "class Rows:\n    def __getitem__(self, n):\n        raise IndexError('list index out of range')\nRows()[3]",
    "an optimiser of one's own": "raise ValueError('optimizer got an empty parameter list')",
    "a call of one's own": "raise TypeError(\"'Tensor' object is not callable\")",
    "arguments of one's own": "raise TypeError(\"f() missing 1 required positional argument: 'x'\")",
    "a syntax error of one's own": "raise SyntaxError(\"expected ':'\")",
    "an indentation of one's own": "raise IndentationError('unexpected indent')",
    "several at once": "raise ExceptionGroup('two', [RuntimeError(MATMUL), ValueError()])",
}

PARSED = {
    "compiled": "compile('if True', '<cell 1>', 'exec')",
    "evaluated": "eval('(1, 2')",
    "a literal": "import ast\nast.literal_eval('[1, ')",
    "executed": "exec('if True:\\nx = 1')",
}

LIBRARIES = {
    "NumPy product": "np.ones((2, 3)) @ np.ones((2, 3))",
    "NumPy dot": "np.dot(np.ones((3, 4)), np.ones((5, 2)))",
    "NumPy broadcast": "np.ones(3) + np.ones(4)",
    "NumPy reshape": "np.ones(12).reshape(5, 2)",
    "NumPy index": "np.ones(3)[5]",
    "NumPy indices": "np.ones(3)[0, 0]",
    "NumPy mask": "np.ones(3)[np.ones(4, dtype=bool)]",
    "NumPy concatenate": "np.concatenate([np.ones((2, 4)), np.ones((2, 5))], axis=0)",
    "NumPy stack": "np.stack([np.ones(3), np.ones(4)])",
    "NumPy truth": "if np.ones(3) > 0:\n    pass",
    "NumPy ragged": "np.array([[1, 2], [3]], dtype=float)",
    "NumPy axis": "np.ones(3).sum(axis=1)",
    "NumPy scalar": "np.ones(3).item()",
    "NumPy in place": "a = np.arange(3)\na += 0.5",
    "NumPy memory": "np.ones(10 ** 15)",
    "SymPy product": "sympy.ones(2, 3) * sympy.ones(2, 3)",
    "SymPy sum": "sympy.ones(2, 3) + sympy.ones(3, 2)",
    "SymPy parser": "sympy.sympify('1 +')",
    "Pillow index": "PIL.Image.new('L', (2, 2)).getpixel((5, 5))",
    "Pillow mode": "PIL.Image.new('XYZ', (2, 2))",
    "Pillow file": "PIL.Image.open('none.png')",
    "networkx": "networkx.shortest_path(networkx.Graph(), 1, 2)",
    "matplotlib": "plt.plot([1, 2], [1])",
    "json": "json.loads('{')",
    "struct": "struct.unpack('I', b'1')",
    "a string's end": "'abc'[5]",
    "an empty list": "[].pop()",
    "a deque's end": "collections.deque([1])[3]",
    "a number called": "3()",
    "nothing called": "None()",
    "a number's length": "len(3)",
    "a division": "1 / 0",
    "reduce": "functools.reduce(operator.add, [])",
    "text times text": "'a' * 'b'",
}

EVERY = {**OWN, **PARSED, **LIBRARIES}
