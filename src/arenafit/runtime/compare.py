"""Whether two runs computed the same, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    from arenafit.runtime.types import Array, Outputs


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where two runs differ.

    `output` is None when the number of invocations or outputs differs, and `index` is None when a dtype or a shape
    does; `expected` and `actual` then describe those. `differing_count` elements of this output differ in all.
    """

    batch: int | None
    output: int | None
    name: str
    index: tuple[int, ...] | None
    expected: str
    actual: str
    differing_count: int = 0
    element_count: int = 0

    def __str__(self) -> str:
        """Return the difference in one line."""
        if self.output is None:
            return f"expected {self.expected}, got {self.actual}"
        place = f"output {self.output}" + (f" ('{self.name}')" if self.name else "") + f" of invocation {self.batch}"
        if self.index is None:
            return f"{place}: expected {self.expected}, got {self.actual}"
        return (
            f"{place} at {list(self.index)}: expected {self.expected}, got {self.actual} "
            f"({self.differing_count:,} of {self.element_count:,} elements differ)"
        )


def first_difference(expected: Outputs, actual: Outputs, spared: Collection[int] = ()) -> Difference | None:
    """Return where `actual` first differs from `expected`, or None when every bit is equal.

    The invocations numbered in `spared` are passed over.

    Elements are compared by their bits: 0.0 differs from -0.0, and a NaN equals a NaN of the same bits. Tensor names
    do not count.
    """
    if (ours := _form(expected)) != (theirs := _form(actual)):
        return Difference(None, None, "", None, ours, theirs)
    for i, (batch, other) in enumerate(zip(expected.batches, actual.batches, strict=True)):
        if i in spared:
            continue
        for j, (want, got) in enumerate(zip(batch, other, strict=True)):
            found = _compare(want, got, i, j, expected.outputs[j].name)
            if found is not None:
                return found
    return None


def _form(outputs: Outputs) -> str:
    widths = sorted({len(batch) for batch in outputs.batches})
    return f"{len(outputs.batches)} invocations of {widths[0] if len(widths) == 1 else widths} outputs"


def _compare(want: Array, got: Array, batch: int, output: int, name: str) -> Difference | None:
    if (want.dtype, want.shape) != (got.dtype, got.shape):
        return Difference(batch, output, name, None, _kind(want), _kind(got))
    if want.tobytes() == got.tobytes():
        return None
    unequal = np.argwhere((_bits(want) != _bits(got)).any(axis=-1))
    index = tuple(int(i) for i in unequal[0])
    return Difference(
        batch, output, name, index, _show(want[index]), _show(got[index]), len(unequal), int(np.prod(want.shape))
    )


def _bits(array: Array) -> Array:
    """Return the array's bytes, shape (..., bytes per element)."""
    flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return flat.reshape(*array.shape, array.dtype.itemsize)


def _show(value: Any) -> str:
    text = str(value)
    return f"{text} (bits {value.tobytes()[::-1].hex()})" if value.dtype.kind in "fc" else text


def _kind(array: Array) -> str:
    return f"{array.dtype} {list(array.shape)}"
