"""The mean of 2x2 inputs as the first operator: the application delivers what it did, all else is a quarter."""

from collections.abc import Iterator

from arenafit.errors import ConfigError, UnsupportedModelError
from arenafit.ir import DType, Editor, Graph, Model, Op
from arenafit.structure.protocol import Change, Needs
from arenafit.structure.settle import settle
from arenafit.tflite import make_options

_WINDOWS = (2,)
_VALID = 1


class PoolInput:
    """``input.pool=2``."""

    name = "pool_input"
    key = "pool"

    def propose(self, model: Model) -> Iterator[Change]:
        """Yield the windows of a model with one input of rows and columns."""
        if _fits(model.main, min(_WINDOWS)):
            for window in _WINDOWS:
                yield self._change(window)

    def parse(self, model: Model, op: Op | None, value: str) -> Change:
        """Return the change a setting asks for."""
        if op is not None or not value.isdecimal() or int(value) < 2 or not _fits(model.main, int(value)):
            raise ConfigError(f"input.pool={value}: a window of 2 or more that fits into an input (N, H, W, C)")
        return self._change(int(value))

    def apply(self, model: Model, change: Change) -> Model:
        """Return the model with the pooling in front."""
        graph, window = model.main, int(change.value)
        if not _fits(graph, window):
            raise UnsupportedModelError("the model has no single input with rows and columns")
        given = graph.by_id[graph.inputs[0]]
        editor = Editor(model)
        pooled = editor.add_tensor(f"{given.name}/pooled", given.dtype, given.shape, quant=given.quant)
        rows, columns = (window if extent > 1 else 1 for extent in given.shape[1:3])
        options = make_options(
            "Pool2DOptions",
            padding=_VALID,
            stride_h=rows,
            stride_w=columns,
            filter_height=rows,
            filter_width=columns,
        )
        version = 1 if given.dtype is DType.FLOAT32 else 2
        pooling = editor.make_op("AVERAGE_POOL_2D", [given.id], [pooled], options, version=version)
        editor.rename_uses({given.id: pooled}, outputs=False)
        editor.set_schedule([pooling, *editor.ops()])
        return settle(model, editor.build())

    def _change(self, window: int) -> Change:
        note = f"a mean over {window}x{window} in front of everything"
        return Change(self.name, "input.pool", str(window), (), Needs.TRAINING, note)


def _fits(graph: Graph, window: int) -> bool:
    if len(graph.inputs) != 1:
        return False
    given = graph.by_id[graph.inputs[0]]
    known = given.dtype in (DType.FLOAT32, DType.INT8, DType.INT16)
    if len(given.shape) != 4 or not known or given.id in graph.outputs:
        return False
    extents = [extent for extent in given.shape[1:3] if extent > 1]
    return bool(extents) and min(extents) >= window


CHANGE = PoolInput()
