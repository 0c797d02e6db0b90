from collections.abc import Sequence

import pytest

from arenafit.costs.core import Core
from arenafit.costs.traffic_prediction import predict_traffic
from arenafit.ir import DType, Model
from support.models import Sketch
from support.small_models import while_loop


def built(kind: str, *, size: int = 4, channels: int = 2) -> Model:
    net = Sketch(DType.INT8)
    source = net.input(1, size, size, channels)
    made = {
        "3x3": lambda: net.conv(source, 5, kernel=3),
        "1x1": lambda: net.conv(source, 5, kernel=1),
        "depthwise": lambda: net.depthwise(source, kernel=3),
        "dense": lambda: net.dense(net.reshape(source, 1, size * size * channels), 5),
        "softmax": lambda: net.softmax(net.reshape(source, 1, size * size * channels)),
    }[kind]()
    return net.finish(made)


# Inside the image a 3x3 window over 4x4 has (3 x 4 - 2)^2 = 100 taps.
@pytest.mark.parametrize(
    ("kind", "core", "scratches", "read", "scratch"),
    [
        ("3x3", Core.M4_REFERENCE, [], 100 * 2 * 5, None),
        ("3x3", Core.M4_CMSIS_NN, [80], 100 * 2, (16 * 18 * 3 * 2, 16 * 18 * 2)),
        ("3x3", Core.M55_CMSIS_NN, [128], 100 * 2, (16 * 18 * 5, 16 * 18)),
        ("1x1", Core.M4_REFERENCE, [], 16 * 2 * 5, None),
        ("1x1", Core.M4_CMSIS_NN, [], 16 * 2 * 3, None),
        ("1x1", Core.M55_CMSIS_NN, [], 16 * 2 * 5, None),
        ("depthwise", Core.M4_REFERENCE, [], 100 * 2, None),
        ("depthwise", Core.M55_CMSIS_NN, [4464], 100 * 2, (16 * 9 * 2, 16 * 9 * 2)),
        ("softmax", Core.M4_REFERENCE, [], 3 * 32, None),
    ],
)
def test_what_an_operator_reads(
    kind: str, core: Core, scratches: Sequence[int], read: int, scratch: tuple[int, int] | None
) -> None:
    model = built(kind)
    op = model.main.ops[-1]
    found = predict_traffic(model, core, {op.id: scratches})
    assert op.inputs[0] is not None
    assert found.tensors[op.inputs[0]][0] == read
    assert found.tensors[op.outputs[0]] == (0, model.tensors[op.outputs[0]].size_bytes)
    assert found.scratch[op.id] == (() if scratch is None else (scratch,))


def test_a_loop_moves_what_its_body_moves_as_often_as_it_runs() -> None:
    once, often = (predict_traffic(while_loop(times=times), Core.M4_REFERENCE, {}) for times in (1, 5))
    body = while_loop(times=5).graphs[2]
    made = body.ops[0].outputs[0]
    assert often.tensors[made][1] == 5 * once.tensors[made][1] > 0


def test_constants_are_not_counted() -> None:
    model = built("3x3")
    found = predict_traffic(model, Core.M4_REFERENCE, {})
    weights = model.main.ops[0].inputs[1]
    assert weights is not None
    assert found.tensors.get(weights, (0, 0)) == (0, 0)


def test_the_tables_of_channels_are_read_for_every_element() -> None:
    assert predict_traffic(built("3x3"), Core.M4_REFERENCE, {}).tables_bytes == 8 * 16 * 5
