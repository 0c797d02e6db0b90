"""Known faults of kernel libraries: named for the library that has them, for no other."""

from dataclasses import replace
from pathlib import Path

import pytest

from arenafit.ir import DType, Quant
from arenafit.targets.choice import find_target
from arenafit.tflite import write_bytes
from arenafit.validity import Severity, diagnose
from support.cli import invoke
from support.one_op import Operand, const, f32, i8, one_op, weights

SAME, VALID = 0, 1
# width, window, stride, padding: whether CMSIS-NN's kernel for one row is wrong there with MVE
ROWS = [
    (16, 3, 2, VALID, True),
    (17, 3, 2, VALID, False),
    (16, 7, 2, SAME, True),
    (17, 7, 2, SAME, False),  # the last window lacks one position at a time
    (16, 8, 4, SAME, True),
    (16, 4, 4, VALID, False),
    (18, 4, 4, VALID, True),  # columns are left over
    (16, 5, 1, SAME, False),
]


def row_of_windows(width: int, window: int, stride: int, padding: int) -> Operand:
    outputs = -(-width // stride) if padding == SAME else (width - window) // stride + 1
    return i8(1, 1, outputs, 8)


@pytest.mark.parametrize(("width", "window", "stride", "padding", "wrong"), ROWS)
def test_convolutions_along_one_row(width: int, window: int, stride: int, padding: int, *, wrong: bool) -> None:
    filters = weights(DType.INT8, (8, 1, window, 4), 0)
    output = row_of_windows(width, window, stride, padding)
    model = one_op(
        "CONV_2D",
        [i8(1, 1, width, 4), filters],
        [output],
        "Conv2DOptions",
        padding=padding,
        stride_w=stride,
        stride_h=1,
        dilation_w_factor=1,
        dilation_h_factor=1,
    )
    found = diagnose(model, find_target("cortex-m55"))
    assert [(item.severity, item.kind) for item in found] == [(Severity.WARN, "fault")] * wrong
    assert not diagnose(model, find_target("cortex-m4"))


@pytest.mark.parametrize(("rank", "wrong"), [(4, False), (5, True)])
def test_transposes_of_many_axes(rank: int, *, wrong: bool) -> None:
    model = one_op(
        "TRANSPOSE", [i8(*range(2, 2 + rank)), const(list(range(rank))[::-1])], [i8(*range(1 + rank, 1, -1))]
    )
    for name, expected in (("cortex-m4", wrong), ("cortex-m55", wrong), ("cortex-m4-reference", False)):
        found = diagnose(model, find_target(name))
        assert [item.kind for item in found] == ["fault"] * expected, name


def test_a_clamp_between_two_scales_and_weights_with_many_are_said_and_run() -> None:
    other = Quant((0.0235,), (-128,))
    clamp = one_op("RELU6", [i8(1, 6)], [i8(1, 6, quant=other)])
    same = one_op("RELU6", [i8(1, 6)], [i8(1, 6)])
    many = one_op("DEQUANTIZE", [weights(DType.INT8, (8, 3), 0)], [f32(8, 3)])
    unequal = replace(many.main.tensors[0], quant=Quant(tuple(0.01 * (n + 1) for n in range(8)), (0,) * 8, 0))
    many = replace(many, graphs=(replace(many.main, tensors=(unequal, *many.main.tensors[1:])),))
    for model, said in ((clamp, "clamps stored values"), (many, "8 scales")):
        found = diagnose(model, find_target("cortex-m4"))
        assert [(item.severity, item.kind) for item in found] == [(Severity.WARN, "scale")]
        assert said in found[0].clause
    assert not diagnose(same, find_target("cortex-m4"))


def test_a_fault_begins_with_the_release_that_has_it() -> None:
    model = one_op("TRANSPOSE", [i8(2, 3, 4, 5, 6), const([4, 3, 2, 1, 0])], [i8(6, 5, 4, 3, 2)])
    target = find_target("cortex-m4")
    for day, faults in (("2025-03", 0), ("2025-03-19", 0), ("2025-03-20", 1), ("2026-08", 1)):
        found = [item for item in diagnose(model, replace(target, tflm=day)) if item.kind == "fault"]
        assert len(found) == faults, day


def test_fit_says_where_the_witness_does_not_speak_for_the_target(tmp_path: Path) -> None:
    filters = weights(DType.INT8, (8, 1, 3, 4), 0)
    options = {"padding": VALID, "stride_w": 2, "stride_h": 1, "dilation_w_factor": 1, "dilation_h_factor": 1}
    model = one_op("CONV_2D", [i8(1, 1, 16, 4), filters], [i8(1, 1, 7, 8)], "Conv2DOptions", **options)
    file = tmp_path / "model.tflite"
    file.write_bytes(write_bytes(model))
    for target, said in (("cortex-m55", True), ("cortex-m4", False)):
        arguments = [str(file), "-o", str(tmp_path / f"{target}.tflite"), "-t", target, "--effort", "1"]
        shown = " ".join(invoke("fit", *arguments).stdout.split())
        assert "the witness: the wheel's reference kernels" in shown
        assert ("the original computes something else at operator 0 (CONV_2D)" in shown) is said
