"""The mean over all positions in place of a flatten in front of a dense layer."""

from collections.abc import Iterator

import numpy as np

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Editor, Graph, Model, Op
from arenafit.ops import Family, family_of
from arenafit.structure._base import OnOperator, only_reader, output_of, source_of
from arenafit.tflite import make_options


class GlobalPooling(OnOperator):
    """``reshape#4.flatten=mean``."""

    name = "global_pooling"
    key = "flatten"

    def values(self, graph: Graph, op: Op) -> Iterator[tuple[str, str]]:
        """Yield the change where a dense layer alone reads the flattened tensor."""
        if _is_flatten(graph, op):
            yield "mean", "the mean over all positions instead of flattening"

    def edit(self, model: Model, op: Op, value: str) -> Model:
        """Return the model with a MEAN."""
        graph = model.main
        if value != "mean" or not _is_flatten(graph, op):
            raise UnsupportedModelError("the value is 'mean', and a dense layer alone must read the flattened tensor")
        source = source_of(graph, op)
        editor = Editor(model)
        axes = editor.add_constant("axes", np.asarray([1, 2], np.int32))
        # A tensor of its own: what the flattened one was made of says nothing of this one.
        written = editor.add_tensor(
            f"{source.name}/mean", source.dtype, (source.shape[0], source.shape[3]), quant=source.quant
        )
        version = 1 if source.dtype is DType.FLOAT32 else 2
        mean = editor.make_op(
            "MEAN", [source.id, axes], [written], make_options("ReducerOptions", keep_dims=False), version=version
        )
        editor.replace_ops([op.id], [mean])
        editor.rename_uses({op.outputs[0]: written})
        return _without_dead(editor.build())


def _is_flatten(graph: Graph, op: Op) -> bool:
    if (
        family_of(op) is not Family.RESHAPING
        or len(source_of(graph, op).shape) != 4
        or len(output_of(graph, op).shape) != 2
    ):
        return False
    batch, height, width, channels = source_of(graph, op).shape
    if height * width == 1 or output_of(graph, op).shape != (batch, height * width * channels):
        return False
    reader = only_reader(graph, op)
    return reader is not None and family_of(reader) is Family.DENSE


def _without_dead(model: Model) -> Model:
    """Take out what computed the flattened shape."""
    editor = Editor(model)
    ops = list(model.main.ops)
    while True:
        read = {operand for op in ops for operand in op.operands} | set(model.main.outputs)
        alive = [op for op in ops if op.subgraphs or any(output in read for output in op.outputs)]
        if len(alive) == len(ops):
            break
        ops = alive
    editor.set_schedule(ops)
    editor.prune_tensors()
    return editor.build()


CHANGE = GlobalPooling()
