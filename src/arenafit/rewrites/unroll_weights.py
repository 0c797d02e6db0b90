"""Weights that are dequantised at run time are dequantised some channels at a time, each group by operators of its own.

A DEQUANTIZE of weights puts a float copy of them into the arena. Cut into groups of output channels there is a copy of
one group at a time. Every group costs a DEQUANTIZE and a clone of the layer in the tail; no loop is needed (see
`stream_weights` for one).

Of per-channel parameters TFLM's DEQUANTIZE knows the first channel's alone (tensorflow/lite/micro/micro_allocator.cc,
commit 90b983c2), desktop LiteRT uses them all. So a group begins with a stand-in that has the parameters of the layer's
first channel: TFLM takes those for the whole group, as it did for the whole layer, and LiteRT each channel's own. What
is computed of stand-ins is left out when the groups are joined.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Constant, Editor, Model, Op, Options, Quant, TensorId
from arenafit.rewrites._sites import edit
from arenafit.rewrites._stored_weights import StoredLayer, layers, located
from arenafit.rewrites.protocol import Move
from arenafit.streaming.unrolled.unrolled_ir import MOST_JOINED

# Tail of a group's two operators and of a CONCATENATION, on 64 bits.
_GROUP_BYTES, _JOIN_BYTES = 310, 180
_LEAST_BYTES = 2048


@dataclass(frozen=True, slots=True)
class _Group:
    """The channels [first, end), behind a stand-in for channel 0 or not."""

    first: int
    end: int
    stands_in: bool

    @property
    def rows(self) -> int:
        """Rows of weights, the stand-in's among them."""
        return self.end - self.first + self.stands_in


class UnrollWeights:
    """Offers a move per dense layer or convolution whose weights are a DEQUANTIZE of a constant, the largest first."""

    name = "unroll_weights"
    cleanup = False

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves of graph 0; `rows` is how many rows of weights a group has at most."""
        found = [(layer, _best_rows(layer)) for layer in layers(model)]
        for layer, rows in sorted(found, key=lambda item: -item[0].saved_bytes):
            groups = _groups(layer, rows)
            if layer.channels * layer.row_bytes - _cost_bytes(layer, groups) >= _LEAST_BYTES:
                note = f"{layer.op.name} in {len(groups)} groups of channels, weights dequantised group by group"
                yield Move(self.name, (layer.op.id,), (("rows", rows),), note=note)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model with the DEQUANTIZE and the operator that reads it cut into groups.

        Raises:
            UnsupportedModelError: if the operator is no FULLY_CONNECTED or CONV_2D of weights that only it reads,
                dequantised from a constant of 8 bits, or groups of so many rows are none.
        """
        layer = located(model, move.where[0])
        rows = dict(move.parameters).get("rows")
        if not isinstance(rows, int) or not 1 < rows < layer.channels:
            raise UnsupportedModelError(f"{layer.op.name} {layer.op.id} cannot be cut into groups of {rows!r} rows")
        return _Cut(layer, edit(model)).into(_groups(layer, rows))


def _best_rows(layer: StoredLayer) -> int:
    """Return the rows of a group for which weights and tail together are least; as many as channels if none are."""
    return min(range(2, layer.channels + 1), key=lambda rows: _cost_bytes(layer, _groups(layer, rows)), default=1)


def _groups(layer: StoredLayer, rows: int) -> list[_Group]:
    found: list[_Group] = []
    while not found or found[-1].end < layer.channels:
        first = found[-1].end if found else 0
        stands_in = layer.parameters(first) != layer.parameters(0)
        found.append(_Group(first, min(first + rows - stands_in, layer.channels), stands_in))
    return found


def _cost_bytes(layer: StoredLayer, groups: Sequence[_Group]) -> int:
    joins = -(-(len(groups) - 1) // (MOST_JOINED - 1))
    tail = len(groups) * _GROUP_BYTES + (joins + any(group.stands_in for group in groups)) * _JOIN_BYTES
    return max(group.rows for group in groups) * layer.row_bytes + tail


class _Cut:
    def __init__(self, layer: StoredLayer, editor: Editor) -> None:
        self._layer = layer
        self._editor = editor
        self._output = layer.site.output(layer.op)
        self._axis = len(self._output.shape) - 1
        self._ops: list[Op] = []

    def into(self, groups: Sequence[_Group]) -> Model:
        """Return the model with the layer cut so."""
        layer, editor = self._layer, self._editor
        parts = [self._part(group, f"{self._output.name}/group{number}") for number, group in enumerate(groups)]
        offsets = np.cumsum([0, *(group.rows for group in groups)])
        kept = [
            int(offset) + place
            for group, offset in zip(groups, offsets, strict=False)
            for place in range(int(group.stands_in), group.rows)
        ]
        joined = self._joined(parts, None if len(kept) < offsets[-1] else self._output.id)
        if len(kept) < offsets[-1]:
            places = editor.add_constant(f"{self._output.name}/kept", np.array(kept, np.int32))
            options = Options("GatherOptions", (("axis", self._axis), ("batch_dims", 0)))
            self._ops.append(editor.make_op("GATHER", (joined, places), (self._output.id,), options))
        editor.replace_ops([layer.maker.id, layer.op.id], self._ops)
        editor.prune_tensors()
        return editor.build()

    def _part(self, group: _Group, name: str) -> TensorId:
        """Write what computes a group; return its output, the stand-in's channel first."""
        layer, editor = self._layer, self._editor
        channels = [*([0] if group.stands_in else []), *range(group.first, group.end)]
        stored = layer.stored.array()[channels]
        if group.stands_in:
            stored[0] = layer.parameters(0)[1]  # its weights are 0
        quant = layer.quant
        if quant.per_tensor is None:
            scales, points = zip(*(layer.parameters(channel) for channel in channels), strict=True)
            quant = Quant(scales, points)
        packed = editor.add_constant(f"{name}/stored", stored, quant=quant)
        weights = editor.add_tensor(f"{name}/weights", layer.site.output(layer.maker).dtype, stored.shape)
        self._ops.append(editor.clone_op(layer.maker, (packed,), (weights,)))
        bias = [None] * (len(layer.op.inputs) - 2) if layer.bias is None else [self._bias(layer.bias.array()[channels])]
        made = editor.add_tensor(name, self._output.dtype, (*self._output.shape[:-1], len(channels)))
        self._ops.append(editor.clone_op(layer.op, (layer.op.inputs[0], weights, *bias), (made,)))
        return made

    def _bias(self, values: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> TensorId:
        return self._editor.add_tensor(
            f"{self._output.name}/bias", self._output.dtype, values.shape, data=Constant.of(values)
        )

    def _joined(self, parts: list[TensorId], result: TensorId | None) -> TensorId:
        """Join parts along channels, as many at a time as TFLM takes, in the end into `result`."""
        editor = self._editor
        options = Options("ConcatenationOptions", (("axis", self._axis), ("fused_activation_function", 0)))
        while len(parts) > 1:
            taken, parts = parts[:MOST_JOINED], parts[MOST_JOINED:]
            channels = sum(editor.tensor(part).shape[-1] for part in taken)
            shape = (*self._output.shape[:-1], channels)
            whole = result if result is not None and not parts else None
            if whole is None:
                whole = editor.add_tensor(f"{self._output.name}/joined", self._output.dtype, shape)
            self._ops.append(editor.make_op("CONCATENATION", taken, (whole,), options))
            parts = [whole, *parts]
        return parts[0]


REWRITE = UnrollWeights()
