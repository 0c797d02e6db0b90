"""Element types of tensors, by their TFLite schema names, with their size in memory."""

from enum import Enum

import numpy as np
from numpy.typing import DTypeLike


class DType(Enum):
    """A tensor element type; `bits` is its size in a flatbuffer constant, `numpy` the type to view it with."""

    FLOAT32 = ("FLOAT32", 32, "float32")
    FLOAT16 = ("FLOAT16", 16, "float16")
    INT32 = ("INT32", 32, "int32")
    UINT8 = ("UINT8", 8, "uint8")
    INT64 = ("INT64", 64, "int64")
    STRING = ("STRING", 0, None)
    BOOL = ("BOOL", 8, "bool")
    INT16 = ("INT16", 16, "int16")
    COMPLEX64 = ("COMPLEX64", 64, "complex64")
    INT8 = ("INT8", 8, "int8")
    FLOAT64 = ("FLOAT64", 64, "float64")
    COMPLEX128 = ("COMPLEX128", 128, "complex128")
    UINT64 = ("UINT64", 64, "uint64")
    RESOURCE = ("RESOURCE", 0, None)
    VARIANT = ("VARIANT", 0, None)
    UINT32 = ("UINT32", 32, "uint32")
    UINT16 = ("UINT16", 16, "uint16")
    INT4 = ("INT4", 4, None)
    BFLOAT16 = ("BFLOAT16", 16, None)
    INT2 = ("INT2", 2, None)
    UINT4 = ("UINT4", 4, None)
    FLOAT8_E4M3FN = ("FLOAT8_E4M3FN", 8, None)
    FLOAT8_E5M2 = ("FLOAT8_E5M2", 8, None)

    def __init__(self, label: str, bits: int, numpy_name: str | None) -> None:
        self.label = label
        self.bits = bits
        self.numpy_name = numpy_name

    @property
    def numpy(self) -> np.dtype[np.generic]:
        """The numpy type with the same layout.

        Raises:
            TypeError: for types numpy has no layout for (packed 4-bit, strings, resources).
        """
        if self.numpy_name is None:
            raise TypeError(f"{self.label} has no numpy layout")
        return np.dtype(self.numpy_name)

    @classmethod
    def of(cls, numpy_type: DTypeLike) -> "DType":
        """Return the type whose numpy layout is `numpy_type`.

        Raises:
            TypeError: if there is none.
        """
        name = np.dtype(numpy_type).name
        for member in cls:
            if member.numpy_name == name:
                return member
        raise TypeError(f"no TFLite tensor type has the layout of numpy's {name}")
