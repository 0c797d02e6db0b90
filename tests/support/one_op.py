"""Models of one operator, with every operand and output stated, to ask TFLM what a kernel allocates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import Constant, DType, Editor, Graph, Model, Op, OpCode, OpId, Plain, Quant, TensorId
from arenafit.tflite import make_options

SCALE = 0.0625
IMAGE = (1, 6, 5, 4)  # (N, H, W, C)
# Scales of the quantised types: all but int8 need zero point 0.
_QUANTS = {DType.INT8: Quant((SCALE,), (3,)), DType.INT16: Quant((SCALE / 64,), (0,))}


@dataclass(frozen=True)
class Operand:
    """A tensor of the model: an input of the graph, or a constant if it has data, or a variable."""

    dtype: DType
    shape: tuple[int, ...]
    quant: Quant | None = None
    data: bytes | None = None
    is_variable: bool = False


def tensor(dtype: DType, *shape: int, quant: Quant | None = None) -> Operand:
    """Return an activation, quantised per tensor if its type is int8 or int16."""
    return Operand(dtype, shape, quant or _QUANTS.get(dtype))


def f32(*shape: int) -> Operand:
    """Return a float activation."""
    return tensor(DType.FLOAT32, *shape)


def i8(*shape: int, quant: Quant | None = None) -> Operand:
    """Return an int8 activation."""
    return tensor(DType.INT8, *shape, quant=quant)


def i16(*shape: int, quant: Quant | None = None) -> Operand:
    """Return an int16 activation."""
    return tensor(DType.INT16, *shape, quant=quant)


def i32(*shape: int) -> Operand:
    """Return an int32 activation."""
    return tensor(DType.INT32, *shape)


def typed(kind: str) -> "Factory":
    """Return the function that makes activations of ``float``, ``int8``, ``int16`` or ``int32``."""
    return {"float": f32, "int8": i8, "int16": i16, "int32": i32}[kind]


def boolean(*shape: int) -> Operand:
    """Return a bool activation."""
    return tensor(DType.BOOL, *shape)


def const(array: NDArray[Any] | Sequence[Any] | float, dtype: Any = np.int32, quant: Quant | None = None) -> Operand:
    """Return a constant operand."""
    stored = np.asarray(array, dtype)
    return Operand(DType.of(stored.dtype), stored.shape, quant, stored.tobytes())


def weights(dtype: DType, shape: tuple[int, ...], axis: int, *, per_channel: bool = True, value: int = 1) -> Operand:
    """Return constant weights, all `value`, quantised symmetrically along `axis` or per tensor."""
    if dtype is DType.FLOAT32:
        return const(np.full(shape, value), np.float32)
    count = shape[axis] if per_channel else 1
    quant = Quant((0.01,) * count, (0,) * count, axis if per_channel else 0)
    if dtype is DType.INT4:
        return Operand(dtype, shape, quant, bytes([0x11]) * (-(-int(np.prod(shape)) // 2)))
    return const(np.full(shape, value), dtype.numpy, quant)


def variable(operand: Operand) -> Operand:
    """Return the operand as a variable tensor."""
    return replace(operand, is_variable=True)


def one_op(
    name: str, inputs: Sequence[Operand | None], outputs: Sequence[Operand], options: str | None = None, **values: Plain
) -> Model:
    """Return a model of one operator; operands without data are inputs of the graph, in order.

    `options` is a table of the schema, `values` its fields.
    """
    made = make_options(options, **values) if options else None
    return _model(Op(OpId(0), OpCode(name), (), (), made), inputs, outputs)


def custom_op(name: str, inputs: Sequence[Operand], outputs: Sequence[Operand], options: bytes = b"") -> Model:
    """Return a model of one custom operator of this code."""
    return _model(Op(OpId(0), OpCode("CUSTOM", 1, name), (), (), custom_options=options), inputs, outputs)


def _model(op: Op, inputs: Sequence[Operand | None], outputs: Sequence[Operand]) -> Model:
    editor = Editor(Model((Graph((), (), (), (), "main"),)))
    ids = [None if item is None else _add(editor, item, f"in{index}") for index, item in enumerate(inputs)]
    results = [_add(editor, item, f"out{index}") for index, item in enumerate(outputs)]
    editor.append_op(replace(op, inputs=tuple(ids), outputs=tuple(results)))
    editor.set_inputs([key for key, item in zip(ids, inputs, strict=True) if key is not None and _is_input(item)])
    editor.set_outputs(results)
    return editor.build()


def _is_input(operand: Operand | None) -> bool:
    return operand is not None and operand.data is None and not operand.is_variable


def _add(editor: Editor, operand: Operand, name: str) -> TensorId:
    data = None if operand.data is None else Constant(operand.data)
    added = editor.add_tensor(name, operand.dtype, operand.shape, quant=operand.quant, data=data)
    if operand.is_variable:
        editor.update_tensor(replace(editor.tensor(added), is_variable=True))
    return added


Factory = Callable[..., Operand]
Make = Callable[[], Model]
Cases = Mapping[str, Mapping[str, Make]]  # operator, variant


def each(build: Callable[[Factory], Model], *kinds: str) -> dict[str, Make]:
    """Return a variant for each element type, made with the function that makes activations of it."""
    return {kind: partial(build, typed(kind)) for kind in kinds}
