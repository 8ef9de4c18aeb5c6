"""Where the elements of a tensor or an array lie, and windows on them that leave no trace.

`tensor.numpy()` would mark the storage as fixed, so that the learner's `resize_` fails later. A
window is an array of NumPy's own over the same memory; whoever holds it keeps the tensor alive.
"""

from typing import Any, NamedTuple

import numpy as np
import torch

Base = torch._C.TensorBase

_storage_pointer = torch._C.StorageBase.data_ptr
_storage_bytes = torch._C.StorageBase.nbytes
_interface_of = np.ndarray.__dict__["__array_interface__"].__get__
_owner_of = np.ndarray.__dict__["base"].__get__
_MOST_OWNERS = 16


class Place(NamedTuple):
    """`shape` elements of `item` bytes from `address` on; `home` is where their storage begins.

    Strides are in bytes, and so is the storage's size. Addresses of different devices may be alike.
    """

    device: str
    home: int
    size: int
    address: int
    item: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def extent(self) -> tuple[int, int]:
        """Return the first address and the one after the last; both alike if there is no element."""
        low = high = self.address
        for size, stride in zip(self.shape, self.strides, strict=True):
            if size == 0:
                return self.address, self.address
            reach = (size - 1) * stride
            if reach < 0:
                low += reach
            else:
                high += reach
        return low, high + self.item

    def is_inside(self) -> bool:
        """Tell whether all elements lie in the storage: one that was shrunk may not hold them."""
        low, high = self.extent()
        return 0 < self.home <= low and high <= self.home + self.size

    def window(self, code: str) -> Any:
        """Return a read-only array over these elements; `code` is NumPy's for their type."""
        return np.asarray(_Window(self, code))


class _Window:
    __slots__ = ("__array_interface__",)

    def __init__(self, place: Place, code: str) -> None:
        self.__array_interface__ = {
            "data": (place.address, True),
            "shape": place.shape,
            "strides": place.strides,
            "typestr": code,
            "version": 3,
        }


def place_of_tensor(tensor: Any, device: str) -> Place | None:
    """Return where a strided tensor's elements lie, None if they only pretend to lie anywhere."""
    storage = Base.untyped_storage(tensor)
    home, address = _storage_pointer(storage), Base.data_ptr(tensor)
    if not home or not address:
        return None
    item = Base.element_size(tensor)
    return Place(
        device=device,
        home=home,
        size=_storage_bytes(storage),
        address=address,
        item=item,
        shape=tuple(Base.shape.__get__(tensor)),
        strides=tuple([step * item for step in Base.stride(tensor)]),
    )


def place_of_array(array: Any) -> Place:
    """Return where an array's elements lie."""
    root = _root(array)
    home, size = home_of(root, "array"), np.ndarray.nbytes.__get__(root)
    return Place(
        device="cpu",
        home=home,
        size=size,
        address=_interface_of(array)["data"][0],
        item=np.ndarray.itemsize.__get__(array),
        shape=np.ndarray.shape.__get__(array),
        strides=np.ndarray.strides.__get__(array),
    )


def home_of(thing: Any, kind: str) -> int:
    """Return the address of the storage of a tensor or an array, 0 if there is none."""
    try:
        if kind == "tensor":
            return int(_storage_pointer(Base.untyped_storage(thing)))
        root = _root(thing)
        owner = _owner_of(root)
        if type(owner) is torch.Tensor:  # what `tensor.numpy()` returned
            return int(_storage_pointer(Base.untyped_storage(owner)))
        return int(_interface_of(root)["data"][0])
    except Exception:
        return 0


def _root(array: Any) -> Any:
    """Return the array that `array` is a view of, itself if it is none."""
    for _ in range(_MOST_OWNERS):
        owner = _owner_of(array)
        if type(owner) is not np.ndarray:
            break
        array = owner
    return array
