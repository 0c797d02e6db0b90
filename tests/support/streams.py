"""Streaming networks: past rows in resource variables, as converters of Keras' stream layers write them."""

from dataclasses import dataclass

import numpy as np

from arenafit.ir import DType, Model, TensorId
from arenafit.tflite import make_options
from support.models import NONE, RELU, VALID
from support.rewrite_nets import Net


@dataclass(frozen=True)
class Stream:
    """How one layer keeps its past: `rows` in all with `new` ones; cut before they are joined, or after."""

    rows: int = 4
    new: int = 1
    cut_first: bool = False
    fill: int = -128


class StreamNet(Net):
    """`Net` over images (1, rows, 1, channels) whose layers keep rows from one Invoke to the next."""

    def __init__(self, dtype: DType = DType.INT8, seed: int = 0) -> None:
        super().__init__(dtype, seed)
        self.init = self.editor.add_graph("init")
        self.editor.append_op(
            self.editor.make_op("CALL_ONCE", (), (), make_options("CallOnceOptions", init_subgraph_index=self.init))
        )
        self.variables = 0

    def handle(self, name: str, graph: int = 0) -> TensorId:
        """Add a handle of the variable of this name."""
        made = self.editor.add_tensor("handle", DType.RESOURCE, (1,), graph=graph)
        options = make_options("VarHandleOptions", container="", shared_name=name)
        self.editor.append_op(self.editor.make_op("VAR_HANDLE", (), (made,), options), graph)
        return made

    def assign(self, handle: TensorId, value: TensorId, graph: int = 0) -> None:
        """ASSIGN_VARIABLE."""
        options = make_options("AssignVariableOptions")
        self.editor.append_op(self.editor.make_op("ASSIGN_VARIABLE", (handle, value), (), options), graph)

    def cut(self, source: TensorId, rows: int) -> TensorId:
        """STRIDED_SLICE of all rows but the first ones."""
        shape = self.shape(source)
        begin, end, step = self.ints(0, rows, 0, 0), self.ints(0, 0, 0, 0), self.ints(1, 1, 1, 1)
        left = (shape[0], shape[1] - rows, *shape[2:])
        return self.op(
            "STRIDED_SLICE", (source, begin, end, step), left, kind="StridedSliceOptions", begin_mask=13, end_mask=15
        )

    def past(self, new: TensorId, how: Stream) -> TensorId:
        """Return the new rows with the past ones before them."""
        name = f"stream_{self.variables}"
        self.variables += 1
        channels = self.shape(new)[3]
        kept = how.rows - how.new
        stored = (1, how.rows if how.cut_first else kept, 1, channels)
        filled = np.full(stored, how.fill if self.dtype is DType.INT8 else 0, self.dtype.numpy)
        quant = self.editor.tensor(new).quant
        first = self.editor.add_constant("first", filled, quant=quant, graph=self.init)
        self.assign(self.handle(name, self.init), first, self.init)
        handle = self.handle(name)
        before = self.op("READ_VARIABLE", (handle,), stored, kind="ReadVariableOptions")
        if how.cut_first:
            before = self.cut(before, how.new)
        whole = self.op("CONCATENATION", (before, new), (1, how.rows, 1, channels), kind="ConcatenationOptions", axis=1)
        self.assign(handle, whole if how.cut_first else self.cut(whole, how.new))
        return whole

    def layer(self, source: TensorId, channels: int, how: Stream) -> TensorId:
        """Return a convolution over the past and the new rows, which makes as many rows as are new."""
        whole = self.past(source, how)
        height = how.rows - how.new + 1
        taps = height * self.shape(source)[3]
        weights, bias = self._weights((channels, height, 1, self.shape(source)[3]), 0, taps)
        options = {"padding": VALID, "stride_w": 1, "stride_h": 1, "fused_activation_function": RELU}
        return self._op("CONV_2D", (whole, weights, bias), (1, how.new, 1, channels), "Conv2DOptions", options)


def stream_net(*streams: Stream, dtype: DType = DType.INT8, seed: int = 0) -> Model:
    """Return an input of as many rows as are new, a pointwise layer, the streams one after another, a dense layer."""
    net = StreamNet(dtype, seed)
    tensor = net.conv(net.input(1, streams[0].new, 1, 3), 4, kernel=1, activation=NONE)
    for index, how in enumerate(streams):
        tensor = net.layer(tensor, 3 + index, how)
    rows = net.shape(tensor)[1] * net.shape(tensor)[3]
    return net.finish(net.dense(net.view(tensor, 1, rows), 2))
