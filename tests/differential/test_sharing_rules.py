"""Every rule by which an output may overlap an operand, run so on the real TFLM; and rules that are wrong, caught.

A model of one operator gets an offline plan that lays the output over the operand at the distance the rule permits, and
everything else apart; what it computes must equal the model without a plan, input after input on one interpreter.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from arenafit.ir import DType, Editor, Model, TensorId
from arenafit.kernels import find
from arenafit.kernels.sharing import OperandOverlap
from arenafit.layout import timeline
from arenafit.layout.alias_sets import AliasSets
from arenafit.runtime import GeneratedInputs, Outputs, TflmPool
from arenafit.runtime.compare import first_difference
from arenafit.targets.libraries import REFERENCE
from arenafit.tflite import write_bytes
from support.kernel_cases import KERNEL_CASES
from support.one_op import const, f32, i8, i16, one_op
from support.sharing_cases import MORE

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

INPUTS = GeneratedInputs(12, 3, ("random", "min", "max", "zero"))
# Kernels that refuse some values.
KINDS = {"RSQRT": ("max",), "FLOOR_DIV": ("random",)}
CASES = {(name, kind): make for name, kinds in KERNEL_CASES.items() for kind, make in kinds.items()} | {
    (name.split()[0], name): make for name, make in MORE.items()
}


@pytest.fixture(scope="module")
def tflm() -> Iterator[TflmPool]:
    with TflmPool(workers=1) as pool:
        yield pool


def ways(model: Model) -> list[OperandOverlap]:
    op = model.main.ops[0]
    kernel = find(op.code)
    if kernel is None or kernel.sharing is None:
        return []
    return list(kernel.sharing.ways(model.main, op, library=REFERENCE))


def distances(way: OperandOverlap) -> list[int]:
    """The distance wanted, and the outermost ones permitted."""
    found = {way.wanted_bytes, way.highest_bytes}
    if way.lowest_bytes is None and way.highest_bytes is not None:
        found.add(way.highest_bytes - 16)
    return sorted(distance for distance in found if distance is not None)


def overlapped(model: Model, way: OperandOverlap, distance_bytes: int) -> Model:
    """The model with the output of `way` so far after its operand, and all else elsewhere."""
    op = model.main.ops[0]
    source, result = op.inputs[way.operand], op.outputs[way.output]
    assert source is not None
    low = max(0, -distance_bytes)
    plan: dict[TensorId, int] = {source: low, result: low + distance_bytes}
    beside = None if way.beside is None else op.inputs[way.beside]
    if beside is not None:
        plan[beside] = plan[result]
    at = 16 * (1 + max(plan[tensor] + model.tensors[tensor].size_bytes for tensor in plan) // 16)
    for tensor in model.all_tensors():
        if tensor.is_constant or tensor.is_variable or tensor.id in plan:
            continue
        plan[tensor.id] = at
        at += 16 * (1 + tensor.size_bytes // 16)
    editor = Editor(model)
    editor.set_offline_plan(plan)
    return editor.build()


def difference(tflm: TflmPool, model: Model, planned: Model) -> str | None:
    inputs = replace(INPUTS, kinds=KINDS.get(model.main.ops[0].name, INPUTS.kinds))
    before, after = tflm.run(write_bytes(model), inputs), tflm.run(write_bytes(planned), inputs)
    assert isinstance(before, Outputs), before.reason
    assert isinstance(after, Outputs), after.reason
    found = first_difference(before, after)
    return None if found is None else str(found)


@pytest.mark.parametrize(("name", "kind"), [key for key, make in CASES.items() if ways(make())])
def test_what_a_rule_permits_computes_the_same(tflm: TflmPool, name: str, kind: str) -> None:
    model = CASES[name, kind]()
    for way in ways(model):
        for distance_bytes in distances(way):
            planned = overlapped(model, way, distance_bytes)
            assert difference(tflm, model, planned) is None, f"{way} at {distance_bytes}"


@pytest.mark.parametrize(
    ("case", "wrong"),
    [
        ("RELU", OperandOverlap(0, 0, 16, 16, 16)),  # each element is written over one that is still to be read
        ("DEQUANTIZE wider", OperandOverlap(0)),  # a wider output at the operand's start
        ("GATHER up", OperandOverlap(0, 0, 16, 16, 16)),
        ("MAX_POOL_2D", OperandOverlap(0)),  # rows are read again for the next row
        ("AVERAGE_POOL_2D", OperandOverlap(0)),
        ("PAD", OperandOverlap(0)),
        ("PAD channels", OperandOverlap(0)),
        ("FULLY_CONNECTED int8 24 to 24", OperandOverlap(0)),  # a row is read again for each channel
        (
            "FULLY_CONNECTED float 16 to 40",
            OperandOverlap(0, 0, -160, -160, -160),
        ),  # right for the first row, not for the last
        ("MIRROR_PAD reflect", OperandOverlap(0)),
        ("CONCATENATION channels", OperandOverlap(0)),
        ("CONCATENATION channels", OperandOverlap(2)),
        ("RESIZE_BILINEAR float (5, 4) to (10, 8) ", OperandOverlap(0)),
        ("RESIZE_NEAREST_NEIGHBOR int8 (5, 4) to (10, 8) ", OperandOverlap(0)),
        ("UNPACK rows", OperandOverlap(0)),  # the first output is written before the others are read
        ("SLICE", OperandOverlap(0, 0, None, 40, 40)),  # behind the first element taken
    ],
)
def test_a_wrong_rule_is_caught(tflm: TflmPool, case: str, wrong: OperandOverlap) -> None:
    model = MORE[case]()
    assert wrong.wanted_bytes is not None
    assert difference(tflm, model, overlapped(model, wrong, wrong.wanted_bytes)) is not None
    # The checker refuses it, too: it does not follow from any rule of the kernel.
    op = model.main.ops[0]
    source = op.inputs[0]
    assert source is not None
    assert not AliasSets(model, timeline(model)).tie(source, op.outputs[0], wrong.wanted_bytes)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("TRANSPOSE", lambda: one_op("TRANSPOSE", [i8(6, 20), const([1, 0])], [i8(20, 6)])),
        ("REVERSE_V2", lambda: one_op("REVERSE_V2", [f32(64), const([0])], [f32(64)])),
    ],
)
def test_what_has_no_rule_needs_none(tflm: TflmPool, name: str, make: Callable[[], Model]) -> None:
    model = make()
    assert not ways(model), name
    assert difference(tflm, model, overlapped(model, OperandOverlap(0), 0)) is not None


def test_no_rule_offers_an_operand_that_is_broadcast() -> None:
    model = one_op("ADD", [f32(4, 8), f32(8)], [f32(4, 8)], "AddOptions")
    assert [way.operand for way in ways(model)] == [0]


def test_no_rule_offers_types_that_compilers_take_for_apart() -> None:
    assert not ways(one_op("QUANTIZE", [f32(8)], [i16(8)], "QuantizeOptions"))
    assert not ways(one_op("DEQUANTIZE", [i16(8)], [f32(8)], "DequantizeOptions"))


def test_a_constant_is_never_offered() -> None:
    slopes = const(np.ones((4, 8)), np.float32)
    assert [way.operand for way in ways(one_op("MUL", [f32(4, 8), slopes], [f32(4, 8)], "MulOptions"))] == [0]
    assert slopes.dtype is DType.FLOAT32
