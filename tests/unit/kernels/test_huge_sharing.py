"""Rules of sharing on tensors that no microcontroller holds: closed forms, or no rule; never a walk over all of it."""

import numpy as np
import pytest

from arenafit.ir import DType, Editor, Graph, Op
from arenafit.kernels import find
from arenafit.kernels._write_behind import behind
from arenafit.kernels.sharing import OperandOverlap
from arenafit.tflite import make_options
from support.models import empty_model


def _ways(graph: Graph, op: Op) -> list[OperandOverlap]:
    kernel = find(op.code)
    assert kernel is not None
    assert kernel.sharing is not None
    return list(kernel.sharing.ways(graph, op))


def _concatenation(rows: int) -> tuple[Graph, Op]:
    editor = Editor(empty_model())
    sources = [editor.add_tensor(f"source_{width}", DType.INT8, (rows, width)) for width in (3, 5)]
    output = editor.add_tensor("output", DType.INT8, (rows, 8))
    op = editor.make_op("CONCATENATION", tuple(sources), (output,), make_options("ConcatenationOptions", axis=1))
    editor.append_op(op)
    editor.set_inputs(tuple(sources))
    editor.set_outputs((output,))
    graph = editor.build().main
    return graph, graph.ops[0]


def test_joining_rows_is_as_far_behind_as_looking_at_each_row_says() -> None:
    graph, op = _concatenation(50)
    rows = np.arange(50)
    walked = [*behind(rows * 3, rows * 8 + 3), *behind(rows * 5, rows * 8 + 8, operand=1)]

    assert _ways(graph, op) == walked


def test_joining_rows_looks_at_two_of_them() -> None:
    # Positions of all rows would take 8 TiB.
    graph, op = _concatenation(1 << 40)

    assert [way.operand for way in _ways(graph, op)] == [0, 1]


@pytest.mark.parametrize("rows", [8, 1 << 40])
def test_resizing_has_a_rule_up_to_a_number_of_rows(rows: int) -> None:
    editor = Editor(empty_model())
    source = editor.add_tensor("source", DType.INT8, (1, rows, 2, 1))
    size = editor.add_constant("size", np.array([0, 2], np.int32))
    output = editor.add_tensor("output", DType.INT8, (1, 2 * rows, 2, 1))
    options = make_options("ResizeNearestNeighborOptions")
    editor.append_op(editor.make_op("RESIZE_NEAREST_NEIGHBOR", (source, size), (output,), options))
    graph = editor.build().main

    assert bool(_ways(graph, graph.ops[0])) == (rows == 8)


@pytest.mark.parametrize("rows", [8, 1 << 40])
def test_mirroring_has_a_rule_up_to_a_number_of_elements(rows: int) -> None:
    editor = Editor(empty_model())
    source = editor.add_tensor("source", DType.INT8, (rows, 2))
    margins = editor.add_constant("margins", np.array([[1, 1], [0, 0]], np.int32))
    output = editor.add_tensor("output", DType.INT8, (rows + 2, 2))
    editor.append_op(editor.make_op("MIRROR_PAD", (source, margins), (output,), make_options("MirrorPadOptions")))
    graph = editor.build().main

    assert bool(_ways(graph, graph.ops[0])) == (rows == 8)


@pytest.mark.parametrize("rows", [8, 1 << 40])
def test_windows_have_a_rule_up_to_a_number_of_pixels(rows: int) -> None:
    editor = Editor(empty_model())
    source = editor.add_tensor("source", DType.INT8, (1, rows, 4, 1))
    output = editor.add_tensor("output", DType.INT8, (1, rows // 2, 2, 1))
    sizes = {"filter_height": 2, "filter_width": 2, "stride_h": 2, "stride_w": 2}
    options = make_options("Pool2DOptions", padding=1, **sizes)
    editor.append_op(editor.make_op("MAX_POOL_2D", (source,), (output,), options))
    graph = editor.build().main

    assert bool(_ways(graph, graph.ops[0])) == (rows == 8)
