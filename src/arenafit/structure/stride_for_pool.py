"""A convolution with a stride in place of a convolution and a pooling."""

from collections.abc import Iterator

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Graph, Model, Op
from arenafit.structure._base import OnOperator, is_convolution, is_pooling, only_maker, option, output_of, with_options


class StrideForPool(OnOperator):
    """``pool#1.instead=stride``."""

    name = "stride_for_pool"
    key = "instead"

    def values(self, graph: Graph, op: Op) -> Iterator[tuple[str, str]]:
        """Yield the change where a convolution alone feeds the pooling."""
        maker = only_maker(graph, op) if is_pooling(op) and op.options is not None else None
        if maker is None or not is_convolution(maker) or maker.options is None:
            return
        shrinks = max(option(op, "stride_h"), option(op, "stride_w")) > 1 and max(output_of(graph, op).shape[1:3]) > 1
        if shrinks and _is_undilated(maker):
            yield "stride", "a stride of the convolution instead of the pooling"

    def edit(self, model: Model, op: Op, value: str) -> Model:
        """Return the model without the pooling."""
        maker = only_maker(model.main, op) if is_pooling(op) else None
        if value != "stride" or maker is None or not is_convolution(maker) or not _is_undilated(maker):
            raise UnsupportedModelError("the value is 'stride', and a convolution alone must feed the pooling")
        strides = {axis: option(maker, axis) * option(op, axis) for axis in ("stride_h", "stride_w")}
        editor = Editor(model)
        editor.replace_ops([op.id], [])
        editor.update_op(with_options(maker, **strides))
        editor.rename_uses({op.outputs[0]: maker.outputs[0]})
        return editor.build()


def _is_undilated(op: Op) -> bool:
    return option(op, "dilation_h_factor", 1) <= 1 and option(op, "dilation_w_factor", 1) <= 1


CHANGE = StrideForPool()
