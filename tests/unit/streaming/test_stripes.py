"""Zero taps that a widened kernel ends with are taken off again in a loop."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from arenafit.ir import Constant, DType, Editor, Model, Tensor, TensorId
from arenafit.runtime import Outputs, TflmRuntime
from arenafit.streaming import emit, find_segment, make_schedule
from arenafit.streaming.loop.stripes import stripped_kernel
from arenafit.tflite import write_bytes
from support.netsketch import NetSketch, Sliding


def weights(values: NDArray[Any], dtype: DType = DType.INT8) -> Tensor:
    return Tensor(TensorId(0), "w", dtype, values.shape, data=Constant.of(values))


def kernel(rows: int, columns: int, used: tuple[int, int]) -> NDArray[Any]:
    taps = np.zeros((2, rows, columns, 3), np.int8)
    taps[:, : used[0], : used[1]] = 7
    return taps


@pytest.mark.parametrize(
    ("values", "sizes", "strides", "kept"),
    [
        (kernel(4, 4, (3, 3)), (4, 10), (2, 2), (3, 3)),
        (kernel(4, 4, (4, 3)), (4, 10), (2, 2), (4, 3)),  # only columns end with zeros
        (kernel(4, 4, (3, 3)), (5, 11), (2, 2), (4, 4)),  # one tap less would make one output more
        (kernel(4, 4, (3, 3)), (4, 10), (1, 1), (4, 4)),
        (kernel(3, 3, (0, 0)), (3, 3), (4, 4), (1, 1)),  # one tap stays
    ],
)
def test_zero_taps_are_taken_off_where_no_output_hangs_on_them(
    values: NDArray[Any], sizes: tuple[int, int], strides: tuple[int, int], kept: tuple[int, int]
) -> None:
    assert stripped_kernel(weights(values), sizes, strides) == kept


def test_float_kernels_keep_their_taps() -> None:
    assert stripped_kernel(weights(kernel(4, 4, (3, 3)).astype(np.float32), DType.FLOAT32), (4, 10), (2, 2)) == (4, 4)


def widened(depthwise: bool) -> Model:
    drawn = NetSketch(DType.INT8)
    how = Sliding((4, 4), (2, 2))
    source = drawn.input(1, 12, 12, 3)
    model = drawn.finish(drawn.sliding_depthwise(source, 1, how) if depthwise else drawn.sliding_conv(source, 2, how))
    editor = Editor(model)
    taps = model.tensors[model.main.ops[0].operands[1]]
    values = taps.array().copy()
    values[:, 3:], values[:, :, 3:] = 0, 0
    editor.update_tensor(replace(taps, data=Constant.of(values)))
    return editor.build()


@pytest.mark.parametrize("depthwise", [False, True])
@pytest.mark.parametrize("as_views", [False, True])
def test_a_loop_runs_the_kernel_of_its_first_size_and_computes_the_same(depthwise: bool, as_views: bool) -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    model = widened(depthwise)
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    schedule = make_schedule(model.main, segment, Fraction(1))
    assert schedule is not None
    streamed = emit(model, schedule, "loop", as_views=as_views).model
    name = model.main.ops[0].name
    (op,) = (op for graph in streamed.graphs for op in graph.ops if op.name == name)
    assert streamed.tensors[op.operands[1]].shape[1:3] == (3, 3)
    if as_views:
        return  # its views have no places before it is planned; the property suites run such loops
    inputs = [[np.random.default_rng(seed).integers(-128, 128, (1, 12, 12, 3), dtype=np.int8)] for seed in range(4)]
    before, after = (TflmRuntime().run(write_bytes(item), inputs) for item in (model, streamed))
    assert isinstance(before, Outputs)
    assert isinstance(after, Outputs)
    assert before.digests() == after.digests()
