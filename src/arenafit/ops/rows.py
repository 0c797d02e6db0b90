"""Which input rows an output row needs: a window that slides over rows, the same row, or all rows, averaged.

A row is a slice of a tensor (1, H, W, C) along the streaming axis: H, or W for 1-D models whose H is 1.
"""

from dataclasses import dataclass
from typing import Literal

from arenafit.ir import Graph, TensorId
from arenafit.ops.exact_mean import Quantiser
from arenafit.records import record

SAME_PADDING = 0
VALID_PADDING = 1
_NO_ACTIVATION = 0

# What rows outside the image hold: the zero point, the lowest value, what the nearest row inside holds, or a mirror
# image of the rows inside, without or with the row at the edge.
PadValue = Literal["zero_point", "lowest", "nearest_row", "reflect", "symmetric"]
MIRRORED: tuple[PadValue, ...] = ("reflect", "symmetric")


@record(frozen=True)
class Window:
    """An operator that slides a window along the axis; `cross_*` is its padding along the other spatial axis.

    At position j the window covers the input rows j*stride - before ... + extent and makes the output rows
    j*factor ... + factor. An operator with a factor upsamples.

    Attributes:
        operand: position of the operand the window slides over.
        skipped: rows that the operator, run on a stripe, makes before the first row that is right.
        spare: rows it makes behind the last one.
        repeats: whether each of the `factor` rows is the same, so that a row of its own can be read for each.
        shifts: whether a window that reaches over the image's edge is moved inside, as the operator treats edges.
        exact: whether the operator refuses a stripe with more rows than its windows cover.
    """

    extent: int
    stride: int
    before: int
    after: int
    cross_before: int = 0
    cross_after: int = 0
    pad_value: PadValue = "zero_point"
    factor: int = 1
    operand: int = 0
    skipped: int = 0
    spare: int = 0
    repeats: bool = False
    shifts: bool = False
    exact: bool = False

    @property
    def pads(self) -> bool:
        """Whether rows outside the image are read."""
        return self.before > 0 or self.after > 0

    @property
    def masks(self) -> bool:
        """Whether rows outside the image must be given a value of their own."""
        return self.pads and self.pad_value != "nearest_row" and not self.mirrors

    @property
    def mirrors(self) -> bool:
        """Whether rows outside the image are copies of rows inside: where the window reads, not what it reads."""
        return self.pad_value in MIRRORED


@dataclass(frozen=True, slots=True)
class Pointwise:
    """An operator whose output row depends on the same row of each streamed operand; `streamed` are their positions."""

    streamed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reduction:
    """An operator that averages the first `rows` rows of its operand, each with all its `columns`, channel by channel.

    Float sums are taken in the order of the kernels, row by row and pixel by pixel, then divided and bounded by the
    fused `activation`; int8 sums are exact in whatever order, and `quantiser` says what becomes of them.
    `divides_bounded`: dividing the sum bounds infinities, as the operator itself does not.
    """

    rows: int
    columns: int
    activation: int = _NO_ACTIVATION
    quantiser: Quantiser | None = None
    divides_bounded: bool = False

    @property
    def values(self) -> int:
        """How many values are averaged in each channel."""
        return self.rows * self.columns


Geometry = Window | Pointwise | Reduction


def same_padding(size: int, extent: int, stride: int) -> tuple[int, int]:
    """Return the padding (before, after) that SAME means for a window of `extent` over `size` elements.

    Mirrors ComputePaddingWithOffset (tensorflow/lite/kernels/padding.h, 2026-08).
    """
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + extent - size, 0)
    return total // 2, total - total // 2


def next_lead(found: Geometry, lead: int) -> int:
    """Return the first row an operator can make in a trip whose newest rows of the operand begin with `lead`."""
    if not isinstance(found, Window):
        return lead
    return ((lead + found.before - found.extent) // found.stride + 1) * found.factor


def least_lead(found: Geometry, lead: int) -> int:
    """Return the row the operand's newest must begin with at least, for the operator to make rows from `lead` on."""
    if not isinstance(found, Window):
        return lead
    return found.stride * (lead // found.factor - 1) + found.extent - found.before


def is_steady(graph: Graph, tensor: TensorId) -> bool:
    """Whether a tensor is a constant, or a constant dequantised at run time: equal in every trip of a loop."""
    maker = graph.producers.get(tensor)
    if maker is None:
        return graph.tensor(tensor).is_constant
    return maker.name == "DEQUANTIZE" and all(graph.tensor(operand).is_constant for operand in maker.operands)
