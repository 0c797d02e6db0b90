"""The loop over output channels that `stream_weights` writes: weights are dequantised a channel at a time.

GATHER fetches the integers of a channel out of flash, they become floats, FULLY_CONNECTED or CONV_2D makes the
channel's outputs of them, and DYNAMIC_UPDATE_SLICE stores those.

Of per-channel parameters TFLM's DEQUANTIZE knows the first channel's alone (tensorflow/lite/micro/micro_allocator.cc,
commit 90b983c2), desktop LiteRT uses them all. Outputs must be equal in each, so the loop asks the runtime which it
takes: a DEQUANTIZE of ones gives the scales, one of zeros the zero points, with the sign changed. Scale and difference
of integers are then multiplied as float32. That is what both kernels compute: the product of a 24-bit and a 9-bit
integer is exact in double precision, so that TFLM, too, rounds once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Editor, Model, Op, Options, Quant, Tensor, TensorId
from arenafit.rewrites._stored_weights import StoredLayer
from arenafit.streaming.loop.body import Writer

_FAR = np.iinfo(np.int32).max


@dataclass(slots=True)
class _State:
    """A position in the loop's signature."""

    before: TensorId
    after: TensorId
    body_in: TensorId
    body_out: TensorId
    cond_in: TensorId


@dataclass
class WeightsLoop:
    """Writes a layer as a loop: its state is the channel, the source, the output and, it may be, the zero points."""

    layer: StoredLayer
    editor: Editor
    states: list[_State] = field(default_factory=list)
    before: list[Op] = field(default_factory=list)

    def __post_init__(self) -> None:
        label = f"weights{self.layer.op.id}"
        self.cond_index = self.editor.add_graph(f"{label}_cond")
        self.body_index = self.editor.add_graph(f"{label}_body")
        self.main = Writer(self.editor, 0, label)
        self.cond = Writer(self.editor, self.cond_index, label)
        self.body = Writer(self.editor, self.body_index, label)

    def written(self) -> Model:
        """Return the model with the loop in the place of the layer."""
        layer, body, editor = self.layer, self.body, self.editor
        source, output = layer.site.input(layer.op), layer.site.output(layer.op)
        channel = self._carried("channel", self.main.ints("first", [0]), DType.INT32, (1,))
        whole = self._carried("source", source.id, source.dtype, source.shape)
        result = self._carried("output", self._first_content(output), output.dtype, output.shape, output.id)
        place = body.tensor("place", DType.INT32, (len(output.shape),))
        last_axis = [0] * (len(output.shape) - 1) + [_FAR]
        body.bound("MINIMUM", channel.body_in, body.ints("last_axis", last_axis), place)
        inputs: list[TensorId | None] = [whole.body_in, self._weights(channel.body_in, result.body_in, place)]
        if layer.bias is not None:
            bias = body.constant("bias", layer.bias.array())
            inputs.append(self._sliced("channel_bias", bias, channel.body_in, (1,)))
        elif len(layer.op.inputs) == 3:
            inputs.append(None)
        made = body.tensor("made", output.dtype, (*output.shape[:-1], 1))
        editor.append_op(editor.clone_op(layer.op, inputs, [made]), self.body_index)
        result.body_out = body.tensor("more", output.dtype, output.shape)
        body.update(result.body_in, made, place, result.body_out)
        counted = body.ints("following", range(1, layer.channels + 1))
        channel.body_out = self._sliced("next", counted, channel.body_in, (1,), DType.INT32)
        goes_on = self.cond.tensor("goes_on", DType.BOOL, (1,))
        end = self.cond.ints("end", [layer.channels])
        self.cond.op("LESS", (channel.cond_in, end), (goes_on,), Options("LessOptions"))
        return self._closed(goes_on)

    def _weights(self, channel: TensorId, result: TensorId, place: TensorId) -> TensorId:
        """Write what makes a channel's row of weights (1, depth)."""
        layer, body = self.layer, self.body
        shape = (1, *layer.stored.shape[1:])
        row = body.tensor("weights", DType.FLOAT32, shape)
        if layer.quant.per_tensor is not None:
            quant = Quant(layer.quant.scales, layer.zero_points)
            fetched = self._fetched(layer.rows, channel, quant)
            self.editor.append_op(self.editor.clone_op(layer.maker, [fetched], [row]), self.body_index)
            return row
        centred = layer.centred
        fetched = self._fetched(layer.rows if centred is None else centred, channel, None)
        integers = body.tensor("integers", DType.FLOAT32, shape)
        body.op("CAST", (fetched,), (integers,))
        if centred is None:
            known = self._carried_parameters("zero_points", 0, (1.0,) * layer.channels, layer.zero_points)
            point = self._sliced("zero_point", known, channel, (1,))
            differences = body.tensor("differences", DType.FLOAT32, shape)
            options = Options("AddOptions", (("fused_activation_function", 0), ("pot_scale_int16", True)))
            body.op("ADD", (integers, point), (differences,), options)
            integers = differences
        body.multiply(integers, self._scale(channel, result, place), row)
        return row

    def _scale(self, channel: TensorId, result: TensorId, place: TensorId) -> TensorId:
        """Return the channel's scale; where a channel has one output, that holds it until it is stored over it."""
        if self.layer.pixels == 1:
            rank = len(self.layer.site.output(self.layer.op).shape)
            return self._sliced("scale", result, place, (1,) * rank)
        known = self._carried_parameters("scales", 1, self.layer.quant.scales, (0,) * self.layer.channels)
        return self._sliced("scale", known, channel, (1,))

    def _fetched(self, rows: NDArray[np.int8], channel: TensorId, quant: Quant | None) -> TensorId:
        fetched = self.body.tensor("fetched", DType.INT8, (1, *rows.shape[1:]), quant)
        self.body.gather(self.body.constant("stored", rows, quant), channel, 0, fetched)
        return fetched

    def _first_content(self, output: Tensor) -> TensorId:
        """Return a tensor of the output's shape: the scales of the channels, or anything if they are not looked for."""
        layer = self.layer
        if layer.quant.per_tensor is None and layer.pixels == 1:
            zeros = (0,) * layer.channels
            return self._asked("scales", output.shape, 1, layer.quant.scales, zeros)
        unset = self.main.tensor("unset", output.dtype, output.shape)
        dims, zero = self.main.ints("dims", output.shape), self.main.constant("zero", np.array(0, np.float32))
        self.before.append(self.editor.make_op("FILL", (dims, zero), (unset,), Options("FillOptions"), version=3))
        return unset

    def _carried_parameters(
        self, name: str, value: int, scales: tuple[float, ...], points: tuple[int, ...]
    ) -> TensorId:
        shape = (self.layer.channels,)
        return self._carried(name, self._asked(name, shape, value, scales, points), DType.FLOAT32, shape).body_in

    def _asked(
        self, name: str, shape: Sequence[int], value: int, scales: tuple[float, ...], points: tuple[int, ...]
    ) -> TensorId:
        """Dequantise a constant before the loop whose last axis has the channels' parameters; the runtime chooses."""
        quant = Quant(scales, points, dimension=len(shape) - 1)
        stored = self.main.constant(f"{name}_stored", np.full(shape, value, np.int8), quant)
        asked = self.main.tensor(name, DType.FLOAT32, shape)
        self.before.append(self.editor.clone_op(self.layer.maker, [stored], [asked]))
        return asked

    def _sliced(
        self, name: str, source: TensorId, begin: TensorId, size: Sequence[int], dtype: DType = DType.FLOAT32
    ) -> TensorId:
        part = self.body.tensor(name, dtype, size)
        self.body.slice(source, begin, size, part)
        return part

    def _carried(
        self, name: str, before: TensorId, dtype: DType, shape: Sequence[int], after: TensorId | None = None
    ) -> _State:
        inside, asked = self.body.tensor(f"{name}_in", dtype, shape), self.cond.tensor(f"{name}_in", dtype, shape)
        left = self.main.tensor(f"{name}_after", dtype, shape) if after is None else after
        state = _State(before, left, inside, inside, asked)
        self.states.append(state)
        return state

    def _closed(self, goes_on: TensorId) -> Model:
        """Set the signatures, put the WHILE in the place of the layer, and return the model."""
        editor, layer = self.editor, self.layer
        editor.set_inputs([state.cond_in for state in self.states], self.cond_index)
        editor.set_outputs([goes_on], self.cond_index)
        editor.set_inputs([state.body_in for state in self.states], self.body_index)
        editor.set_outputs([state.body_out for state in self.states], self.body_index)
        graphs = (("cond_subgraph_index", self.cond_index), ("body_subgraph_index", self.body_index))
        befores, afters = [state.before for state in self.states], [state.after for state in self.states]
        loop = editor.make_op("WHILE", befores, afters, Options("WhileOptions", graphs))
        editor.replace_ops([layer.maker.id, layer.op.id], [*self.before, loop])
        editor.prune_tensors()
        return editor.build()
