"""A greater stride of a convolution: fewer rows and columns from there on."""

from collections.abc import Iterator

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Graph, Model, Op
from arenafit.structure._base import OnOperator, is_convolution, option, output_of, whole_number, with_options

# Where fewer rows than this come out there is nothing left to halve.
_LEAST_EXTENT = 6


class Stride(OnOperator):
    """``conv#0.stride=2``: along the axes that are longer than one."""

    name = "stride"
    key = "stride"

    def values(self, graph: Graph, op: Op) -> Iterator[tuple[str, str]]:
        """Yield twice the stride."""
        shape = output_of(graph, op).shape
        if not is_convolution(op) or op.options is None or len(shape) != 4:
            return
        stride = max(option(op, "stride_h"), option(op, "stride_w"))
        undilated = option(op, "dilation_h_factor", 1) <= 1 and option(op, "dilation_w_factor", 1) <= 1
        if max(shape[1:3]) >= _LEAST_EXTENT and undilated:
            yield str(2 * stride), f"stride {stride} to {2 * stride}"

    def edit(self, model: Model, op: Op, value: str) -> Model:
        """Return the model with the other stride."""
        if not is_convolution(op) or op.options is None:
            raise UnsupportedModelError("it is no convolution")
        stride = whole_number(value)
        height, width = output_of(model.main, op).shape[1:3]
        editor = Editor(model)
        rows = stride if height > 1 else option(op, "stride_h")
        editor.update_op(with_options(op, stride_h=rows, stride_w=stride if width > 1 else option(op, "stride_w")))
        return editor.build()


CHANGE = Stride()
