"""Small facts of kernel files that no measurement of a whole model shows."""

from math import inf
from types import SimpleNamespace
from typing import Any

import pytest

from arenafit.ir import DType, OpCode
from arenafit.kernels import find
from arenafit.kernels.protocol import Requests
from arenafit.targets.abi import StructLayout
from arenafit.targets.target import WHEEL, Abi
from arenafit.tflm.kernel_requests import ask
from support.one_op import const, f32, i8, i32, one_op, tensor, weights


@pytest.mark.parametrize(
    ("shape", "width", "position", "wanted"),
    [((4, 9), 1, 1, (0, 3)), ((4, 9), 2, 1, (0, 3)), ((9, 4), 2, 1, (0, 3)), ((4, 9), 2, 0, None)],
)
def test_indices_of_gather_nd_stay_inside_the_axes_they_name(
    shape: tuple[int, int], width: int, position: int, wanted: tuple[int, int] | None
) -> None:
    model = one_op("GATHER_ND", [f32(*shape), i32(2, width)], [f32(2, *shape[width:])], "GatherNdOptions")
    kernel = find(OpCode("GATHER_ND"))
    assert kernel is not None
    assert kernel.accepts is not None
    found = kernel.accepts(model.main, model.main.ops[0], position)
    assert (None if found is None else (found.low, found.high)) == wanted
    assert found is None or (found.strict and found.high < inf)


@pytest.mark.parametrize(("day", "before"), [("2024-09-26", False), ("2024-09-27", False), ("2024-09-28", True)])
def test_a_release_is_not_older_than_a_change_of_its_day(day: str, *, before: bool) -> None:
    asked: Any = SimpleNamespace(target=SimpleNamespace(tflm="2024-09-27"))
    assert Requests.before(asked, day) is before


@pytest.mark.parametrize(("rank", "units"), [(None, 6), (1, 6), (2, 3), (3, 2)])
def test_svdf_sums_its_filters_by_rank(rank: int | None, units: int) -> None:
    operands = [
        i8(1, 4),
        weights(DType.INT8, (6, 4), 0, per_channel=False),
        weights(DType.INT16, (6, 5), 0, per_channel=False),
        const([0] * units),
        tensor(DType.INT16, 1, 30),
    ]
    values = {} if rank is None else {"rank": rank}
    model = one_op("SVDF", operands, [i8(1, units)], "SVDFOptions", **values)
    (found,) = ask(model, WHEEL).ops
    assert list(found.scratches_bytes) == [4 * 6, 4 * units]


@pytest.mark.parametrize("rank", [3, 5])
def test_a_mirror_pad_keeps_an_integer_for_each_dimension_twice(rank: int) -> None:
    source, made = i8(*[2] * rank), i8(*[4] * rank)
    model = one_op("MIRROR_PAD", [source, const([[1, 1]] * rank)], [made], "MirrorPadOptions", mode=1)
    (found,) = ask(model, WHEEL).ops
    assert list(found.scratches_bytes) == [4 * rank, 4 * rank]


@pytest.mark.parametrize("abi", list(Abi))
def test_a_detection_keeps_eleven_handles_of_scratch(abi: Abi) -> None:
    # Four counts, a switch, two thresholds, four scales, eleven handles, three quantisations of eight bytes.
    kernel = find(OpCode("CUSTOM", custom_code="TFLite_Detection_PostProcess"))
    assert kernel is not None
    memory = kernel.memory(WHEEL.kernels)
    assert isinstance(memory.init, StructLayout)
    assert memory.init.size_bytes(abi) == 4 * (4 + 1 + 2 + 4 + 11) + 3 * 8
