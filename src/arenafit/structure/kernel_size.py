"""A smaller filter of a convolution: the middle of the old one."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Graph, Model, Op
from arenafit.structure._base import OnOperator, constant_of, is_convolution, whole_number


class KernelSize(OnOperator):
    """``conv#0.kernel=3``: along the axes that are longer than the new extent."""

    name = "kernel_size"
    key = "kernel"

    def values(self, graph: Graph, op: Op) -> Iterator[tuple[str, str]]:
        """Yield the next smaller extents."""
        weights = constant_of(graph, op, 1) if is_convolution(op) else None
        if weights is None or len(weights.shape) != 4:
            return
        extent = max(weights.shape[1:3])
        for smaller in sorted({extent - 2, (extent + 1) // 2 | 1}):
            if 1 <= smaller < extent:
                yield str(smaller), f"filter {weights.shape[1]}x{weights.shape[2]} to at most {smaller}"

    def edit(self, model: Model, op: Op, value: str) -> Model:
        """Return the model with the middle of the filter."""
        weights = constant_of(model.main, op, 1) if is_convolution(op) else None
        if weights is None or len(weights.shape) != 4:
            raise UnsupportedModelError("it is no convolution with constant weights")
        extent = whole_number(value, most=max(weights.shape[1:3]))
        array = weights.array()
        for axis in (1, 2):
            size = array.shape[axis]
            if size > extent:
                begin = (size - extent) // 2
                array = np.take(array, np.arange(begin, begin + extent), axis=axis)
        editor = Editor(model)
        made = editor.add_constant(weights.name, array, quant=weights.quant)
        editor.update_op(replace(op, inputs=(op.inputs[0], made, *op.inputs[2:])))
        return editor.build()


CHANGE = KernelSize()
