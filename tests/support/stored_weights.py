"""Float models whose weights are 8-bit integers in the file, dequantised at run time, and their loops."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from hypothesis import strategies as st

from arenafit.ir import DType, Editor, Model, Op, OpId, Quant, TensorId
from arenafit.ir.text import describe
from arenafit.layout import Hints
from arenafit.rewrites import stream_weights, unroll_weights
from arenafit.rewrites.protocol import Move
from support.convnets import Draw
from support.models import NONE, RELU, RELU6
from support.rewrite_nets import Net
from support.streamed import Case, cases

# The axis of the output channels.
_AXES = {"CONV_2D": 0, "FULLY_CONNECTED": 0, "DEPTHWISE_CONV_2D": 3}


@dataclass(frozen=True, slots=True)
class Storing:
    """How weights are stored."""

    dtype: DType = DType.INT8
    per_channel: bool = True
    points: tuple[int, ...] = (-7, 4, 0, 11, -60)  # zero points of the channels, in turn
    seed: int = 0


def with_stored_weights(model: Model, how: Storing) -> Model:
    """Return `model` with the float weights of every layer random integers, dequantised before all else."""
    editor, random = Editor(model), np.random.default_rng(how.seed)
    makers: list[Op] = []
    for op in model.main.ops:
        if op.name not in _AXES or op.inputs[1] is None or not model.main.tensor(op.inputs[1]).is_constant:
            continue
        weights, axis = model.main.tensor(op.inputs[1]), _AXES[op.name]
        channels = weights.shape[axis] if how.per_channel else 1
        shift = 128 if how.dtype is DType.UINT8 else 0
        points = tuple(how.points[index % len(how.points)] + shift for index in range(channels))
        stored = (random.integers(-128, 128, weights.shape) + shift).astype(how.dtype.numpy)
        largest = np.abs(weights.array()).max() / 127
        scales = tuple(float(np.float32(largest * factor)) for factor in random.uniform(0.2, 1.0, channels))
        quant = Quant(scales, points, axis if how.per_channel else 0)
        packed = editor.add_constant(f"{weights.name}_stored", stored, quant=quant)
        editor.update_tensor(replace(weights, data=None))
        makers.append(editor.make_op("DEQUANTIZE", (packed,), (weights.id,), version=5))
    editor.set_schedule([*makers, *editor.ops()])
    return editor.build()


@st.composite
def storings(draw: Draw) -> Storing:
    """Draw a way to store weights: of either type, zero points equal or not, some that make differences of 9 bits."""
    points = draw(st.sampled_from(((0,), (9,), (-128,), (-7, 4, 0, 11, -60), (127, -128))))
    return Storing(
        draw(st.sampled_from((DType.INT8, DType.UINT8))), draw(st.integers(0, 3)) > 0, points, draw(st.integers(0, 99))
    )


def loopable(model: Model) -> list[OpId]:
    """Return the layers of a model whose weights are dequantised from constants and can be made a channel at a time."""
    return [op.id for op in model.main.ops if _is_loopable(model, op)]


def _is_loopable(model: Model, op: Op) -> bool:
    maker = None if len(op.inputs) < 2 or op.inputs[1] is None else model.main.producers.get(op.inputs[1])
    return op.name in ("CONV_2D", "FULLY_CONNECTED") and maker is not None and maker.name == "DEQUANTIZE"


def looped(_: Draw, model: Model, layer: OpId) -> Model:
    """Return `model` with this layer in a loop over its channels, however little that saves."""
    return stream_weights.REWRITE.apply(model, Move("stream_weights", (layer,)))


def unrolled(draw: Draw, model: Model, layer: OpId) -> Model:
    """Return `model` with this layer cut into groups of its channels; as it is if it has too few for groups."""
    weights = model.ops[layer].inputs[1]
    channels = 0 if weights is None else model.main.tensor(weights).shape[0]
    if channels < 3:
        return model
    rows = draw(st.integers(2, channels - 1))
    return unroll_weights.REWRITE.apply(model, Move("unroll_weights", (layer,), (("rows", rows),)))


@dataclass(frozen=True, repr=False)
class LoopedCase(Case):
    """A model, `made`: the same with some layers written otherwise, and segments to stream in that."""

    made: Model = field(kw_only=True)

    def __repr__(self) -> str:
        """Return the model as it was, and what is streamed in the other."""
        return f"{describe(self.model)}\n{self._inner!r}"

    @property
    def _inner(self) -> Case:
        return Case(self.made, self.ways, self.keep_inputs, self.in_place, self.as_views, self.writing)

    def streamed(self) -> tuple[Model, Hints]:
        """Return the model with both."""
        return self._inner.streamed()


@st.composite
def looped_cases(
    draw: Draw, models: st.SearchStrategy[Model], write: Callable[[Draw, Model, OpId], Model]
) -> LoopedCase | None:
    """Draw a model with stored weights, layers of it to `write` otherwise, and segments; None if it has no layers."""
    model = with_stored_weights(draw(models), draw(storings()))
    layers = loopable(model)
    if not layers:
        return None
    made = model
    for layer in draw(st.lists(st.sampled_from(layers), min_size=1, max_size=2, unique=True)):
        made = write(draw, made, layer)
    if made == model:
        return None
    inner = draw(cases(st.just(made))) if draw(st.booleans()) else None
    if inner is not None:
        options = (inner.ways, inner.keep_inputs, inner.in_place, inner.as_views, inner.writing)
        return LoopedCase(model, *options, made=inner.model)
    return LoopedCase(model, (), draw(st.booleans()), draw(st.booleans()), made=made)


@st.composite
def dense_nets(draw: Draw) -> Model:
    """Draw one or two dense layers over one or several rows of any rank, with all their options."""
    net = Net(DType.FLOAT32, seed=draw(st.integers(0, 9)))
    batch = draw(st.sampled_from(((1,), (1,), (3,), (1, 2), (2, 1, 2))))
    tensor = net.input(*batch, draw(st.integers(1, 40)))
    for _ in range(draw(st.integers(1, 2))):
        tensor = _dense(draw, net, tensor)
    return net.finish(tensor)


def _dense(draw: Draw, net: Net, tensor: TensorId) -> TensorId:
    *batch, depth = net.shape(tensor)
    units = draw(st.integers(1, 20))
    random = np.random.default_rng(units)
    weights = net.editor.add_constant("weights", random.uniform(-1, 1, (units, depth)).astype(np.float32))
    constant = net.editor.add_constant("bias", random.uniform(-1, 1, (units,)).astype(np.float32))
    bias = draw(st.sampled_from(((), (None,), (constant,))))
    keeps = len(batch) > 1
    options = {"fused_activation_function": draw(st.sampled_from((NONE, RELU, RELU6))), "keep_num_dims": keeps}
    operands = (tensor, weights, *bias)
    return net.op("FULLY_CONNECTED", operands, (*batch, units), kind="FullyConnectedOptions", **options)
