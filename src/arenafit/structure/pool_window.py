"""Another window of a pooling, its stride with it."""

from collections.abc import Iterator

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Graph, Model, Op
from arenafit.structure._base import OnOperator, is_pooling, option, source_of, whole_number, with_options

_WINDOWS = (2, 3, 4, 8)


class PoolWindow(OnOperator):
    """``pool#1.window=8``: along the axes on which the pooling has a window."""

    name = "pool_window"
    key = "window"

    def values(self, graph: Graph, op: Op) -> Iterator[tuple[str, str]]:
        """Yield other windows that fit."""
        if not is_pooling(op) or op.options is None or len(source_of(graph, op).shape) != 4:
            return
        rows, columns = option(op, "filter_height"), option(op, "filter_width")
        height, width = source_of(graph, op).shape[1:3]
        if (rows, columns) == (height, width):
            return
        for window in _WINDOWS:
            fits = (rows == 1 or window <= height) and (columns == 1 or window <= width)
            if window not in (rows, columns) and fits and (rows, columns) != (1, 1):
                yield str(window), f"window {max(rows, columns)} to {window}"

    def edit(self, model: Model, op: Op, value: str) -> Model:
        """Return the model with the other window."""
        if not is_pooling(op) or op.options is None:
            raise UnsupportedModelError("it is no pooling")
        window = whole_number(value)
        rows, columns = option(op, "filter_height"), option(op, "filter_width")
        changed = with_options(
            op,
            filter_height=1 if rows == 1 else window,
            filter_width=1 if columns == 1 else window,
            stride_h=window if rows > 1 and option(op, "stride_h") == rows else option(op, "stride_h"),
            stride_w=window if columns > 1 and option(op, "stride_w") == columns else option(op, "stride_w"),
        )
        editor = Editor(model)
        editor.update_op(changed)
        return editor.build()


CHANGE = PoolWindow()
