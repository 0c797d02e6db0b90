"""A depthwise and a pointwise convolution in place of one over all channels."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Editor, Graph, Model, Op, Quant, TensorId
from arenafit.ops import Family, family_of
from arenafit.structure._base import OnOperator, constant_of, option, output_of, source_of
from arenafit.tflite import make_options

_NO_ACTIVATION = 0
_INT8_VERSION = 3


class Separable(OnOperator):
    """``conv#2.separable=yes``."""

    name = "separable"
    key = "separable"

    def values(self, graph: Graph, op: Op) -> Iterator[tuple[str, str]]:
        """Yield the change for convolutions of several channels with a filter larger than 1x1."""
        if _why_not(graph, op) is None:
            yield "yes", "depthwise and pointwise"

    def edit(self, model: Model, op: Op, value: str) -> Model:
        """Return the model with the two in place of the one."""
        graph = model.main
        why = _why_not(graph, op)
        if why is not None or value != "yes":
            raise UnsupportedModelError(why or "the value is 'yes'")
        source, output, weights = source_of(graph, op), output_of(graph, op), graph.by_id[op.operands[1]]
        array = weights.array()
        channels = array.shape[3]
        editor = Editor(model)
        # The first output channel's filters stand for the depthwise ones, their middles for the pointwise ones.
        depthwise = editor.add_constant(
            f"{weights.name}/depthwise", array[:1].copy(), quant=_repeated(weights.quant, channels, 3)
        )
        middle = array[:, array.shape[1] // 2, array.shape[2] // 2, :][:, None, None, :]
        pointwise = editor.add_constant(f"{weights.name}/pointwise", middle.copy(), quant=weights.quant)
        # The next convolution's operand is scaled as its own.
        shape = (*output.shape[:-1], channels)
        between = editor.add_tensor(f"{output.name}/depthwise", source.dtype, shape, quant=source.quant)
        bias = _bias(editor, graph, op, channels)
        names = ("padding", "stride_h", "stride_w", "dilation_h_factor", "dilation_w_factor")
        same = {name: option(op, name, 1) for name in names}
        first = editor.make_op(
            "DEPTHWISE_CONV_2D",
            [source.id, depthwise, bias],
            [between],
            make_options("DepthwiseConv2DOptions", depth_multiplier=1, **same),
            version=_INT8_VERSION if source.dtype is not DType.FLOAT32 else 1,
        )
        ones = dict.fromkeys(names[1:], 1)
        options = None if op.options is None else op.options.with_values(**ones)
        second = editor.clone_op(op, [between, pointwise, *op.inputs[2:]], op.outputs, options=options)
        editor.replace_ops([op.id], [first, second])
        return editor.build()


def _why_not(graph: Graph, op: Op) -> str | None:
    weights = constant_of(graph, op, 1) if family_of(op) is Family.CONVOLUTION and op.options is not None else None
    if weights is None or len(weights.shape) != 4:
        return "it is no convolution with constant weights"
    if weights.shape[3] < 2 or source_of(graph, op).shape[-1] != weights.shape[3]:
        return "it reads a single channel, or groups of channels"
    return None if max(weights.shape[1:3]) > 1 else "its filter is 1x1 already"


def _repeated(quant: Quant | None, count: int, dimension: int) -> Quant | None:
    if quant is None or not quant.scales:
        return quant
    points = tuple(quant.zero_points[:1] or (0,)) * count
    return replace(
        quant, scales=quant.scales[:1] * count, zero_points=points, dimension=dimension, minimum=(), maximum=()
    )


def _bias(editor: Editor, graph: Graph, op: Op, channels: int) -> TensorId | None:
    bias = constant_of(graph, op, 2)
    if bias is None:
        return None
    made = np.zeros(channels, bias.dtype.numpy)
    return editor.add_constant(f"{bias.name}/depthwise", made, quant=_repeated(bias.quant, channels, 0))


CHANGE = Separable()
