"""The types of facts that operator files state beside shapes and rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from numpy.typing import NDArray

from arenafit.ir import Options, Tensor

# Where each axis of an activation goes among four; see `MovedAxes`.
Places = tuple[int, ...]
# All operands of an operator that joins them: which ones, their number says.
ALL_OPERANDS = (-1,)


class Family(Enum):
    """Operators that one description fits: rooms that follow a change of shapes or channels ask it, not the name.

    An operator without one is followed by nobody: what it reads and writes stays as it is.
    """

    UNARY = "a function of each element"
    BINARY = "a function of two elements, the operands broadcast against each other"
    DISCRETE_UNARY = "as UNARY, of truth values or shapes, through which no channel passes"
    DISCRETE_BINARY = "as BINARY, of truth values or whole numbers, through which no channel passes"
    LAST_AXIS = "each element is computed from all of the last axis"
    CONVOLUTION = "filters (O, H, W, I) over an image (N, H, W, C)"
    DEPTHWISE = "filters (1, H, W, O) over an image (N, H, W, C), channel by channel"
    DENSE = "weights (O, I) times rows of the operand"
    MATRIX_PRODUCT = "operand 0 times operand 1, matrix by matrix"
    POOLING = "windows of an image (N, H, W, C), channel by channel"
    RESIZING = "an image (N, H, W, C) scaled along H and W"
    REDUCTION = "the axes of operand 1 summed up"
    PADDING = "a value around operand 0, as wide as operand 1 says"
    MIRRORING = "operand 0 continued by its mirror image, as wide as operand 1 says"
    RESHAPING = "the same elements in the shape of operand 1 or of an option"
    SQUEEZING = "the same elements without axes of extent 1"
    EXPANSION = "the same elements with one more axis of extent 1"
    TRANSPOSITION = "axes in another order"
    JOINING = "operands one behind the other along an axis"
    SPLITTING = "equal parts of operand 1 along an axis"
    STACKING = "operands side by side along a new axis"
    UNSTACKING = "the slices of an axis, an output each"
    STRIDED_SLICE = "a block of operand 0, from operand 1 to operand 2 in steps of operand 3"
    SHAPE = "the shape of operand 0"


@dataclass(frozen=True, slots=True)
class ChannelCut:
    """How to cut one operator into channel groups.

    `axes` has an entry for each input: the axis along which a constant is cut, None for what is shared or is itself
    a piece. A group of n channels read becomes n * `multiplier` channels written. `depth_multiplier` says that the
    option of that name must become the channels written, as it must where one channel fans out. `source` is the operand
    that a head reads whole; `size_operand` a constant that lists the output's shape, channels last.
    """

    axes: tuple[int | None, ...]
    multiplier: int = 1
    sets_depth_multiplier: bool = False
    source: int = 0
    size_operand: int | None = None


@dataclass(frozen=True, slots=True)
class RowsForm:
    """An operator for (1, N, 1, K): its options, the constants that change by position, the least version."""

    options: Options | None
    constants: Mapping[int, Tensor]
    version: int = 1


@dataclass(frozen=True, slots=True)
class MovedAxes:
    """What changes about an operator whose axes move: its options, and the constants at these input positions."""

    options: Options | None
    constants: Mapping[int, NDArray[Any]] = field(default_factory=dict)


class SupportRule(Enum):
    """What an operator demands of the quantisation of its data tensors."""

    FREE = "inputs and outputs each have their own scale"
    SAME = "inputs and outputs share scale and zero point: the kernel copies or compares stored values"
    SHAPE_ONLY = "only the shape of the input is read"


@dataclass(frozen=True, slots=True)
class OpSupport:
    """What TFLM offers for an operator.

    `fixed` is the output range its int8 kernel insists on; `int8_operands` are constants that stay int8 beside int16
    activations.
    """

    int8: bool
    int16: bool
    rule: SupportRule = SupportRule.FREE
    fixed: tuple[float, float] | None = None
    int8_operands: tuple[int, ...] = ()


BOTH = OpSupport(int8=True, int16=True)
INT8_ONLY = OpSupport(int8=True, int16=False)
COPY = OpSupport(int8=True, int16=True, rule=SupportRule.SAME)
COPY_INT8 = OpSupport(int8=True, int16=False, rule=SupportRule.SAME)
SHAPE_ONLY = OpSupport(int8=True, int16=True, rule=SupportRule.SHAPE_ONLY)
