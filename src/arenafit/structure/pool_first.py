"""A pooling in front of the convolution it follows: the convolution's large output is never there."""

from collections.abc import Iterator

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Graph, Model, Op
from arenafit.structure._base import OnOperator, is_convolution, is_pooling, only_maker, option, source_of


class PoolFirst(OnOperator):
    """``pool#1.order=first``."""

    name = "pool_first"
    key = "order"

    def values(self, graph: Graph, op: Op) -> Iterator[tuple[str, str]]:
        """Yield the change where a convolution alone feeds the pooling."""
        maker = only_maker(graph, op) if is_pooling(op) and op.options is not None else None
        if maker is None or not is_convolution(maker):
            return
        height, width = source_of(graph, maker).shape[1:3]
        if option(op, "filter_height") <= height and option(op, "filter_width") <= width:
            yield "first", "pooling before the convolution"

    def edit(self, model: Model, op: Op, value: str) -> Model:
        """Return the model with the two exchanged."""
        maker = only_maker(model.main, op) if is_pooling(op) else None
        if value != "first" or maker is None or not is_convolution(maker):
            raise UnsupportedModelError("the value is 'first', and a convolution alone must feed the pooling")
        graph = model.main
        editor = Editor(model)
        source = source_of(graph, maker)
        pooled = editor.add_tensor(f"{source.name}/pooled", source.dtype, source.shape, quant=source.quant)
        first = editor.clone_op(op, [source.id], [pooled])
        then = editor.clone_op(maker, [pooled, *maker.inputs[1:]], [op.outputs[0]])
        editor.replace_ops([maker.id, op.id], [first, then])
        return editor.build()


CHANGE = PoolFirst()
