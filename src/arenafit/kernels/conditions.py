"""What a TFLM kernel demands of its operands before it runs: types, ranks, scales, options, constants.

A kernel file lists conditions; each looks at one use of the operator and returns the `Violation` it finds or None. They
mirror what the kernels' Prepare and Eval check and, where these check nothing, what the kernels take for granted
(tensorflow/lite/micro/kernels, commit 90b983c2 of 2026-08-20; the file is the one the kernel's `source` names).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from arenafit.ir import DType, Tensor
from arenafit.kernels._type_advice import type_advice
from arenafit.ops import Operands
from arenafit.targets.libraries import KernelLibrary

QUANTIZED = (DType.INT8, DType.INT16, DType.UINT8)
_SHORT = {
    "f32": DType.FLOAT32,
    "i4": DType.INT4,
    "i8": DType.INT8,
    "i16": DType.INT16,
    "i32": DType.INT32,
    "i64": DType.INT64,
    "u8": DType.UINT8,
    "u16": DType.UINT16,
    "u32": DType.UINT32,
    "u64": DType.UINT64,
    "bool": DType.BOOL,
    "res": DType.RESOURCE,
}


@dataclass(frozen=True, slots=True)
class Violation:
    """Why a kernel will not run, or not compute what the operator means: a clause, and what to do.

    `kind` is one of type, count, rank, shape, scale, constant, option, variable, fault. `runs`: TFLM runs it, and
    computes something else than LiteRT does.
    """

    kind: str
    clause: str
    advice: str
    tensor: str | None = None
    runs: bool = False


Demand = Callable[[Operands], Violation | None]


@dataclass(frozen=True, slots=True)
class Fault:
    """A known fault of one kernel library: where it computes something else than the operator means.

    `holds` gets the operands and the library; `clause` says what happens,
    `advice` what avoids it, `source` is the file that shows it.
    """

    holds: Callable[[Operands, KernelLibrary], bool]
    clause: str
    advice: str
    source: str
    since: str = ""  # the day of the first TFLM that has it; "" if all that are known have it


def typed(*rows: str) -> Demand:
    """The types of operands and outputs are those of one of the rows.

    A row such as ``i8 i8|i4 i32? > i8`` names the type of each operand and, behind ``>``, of each output; ``?`` is one
    that may be left out, ``-`` any type, ``*`` as many more of the type before it as there are. Operands behind the
    last that is named may have any type.
    """
    parsed = [_parse(row) for row in rows]

    def condition(operands: Operands) -> Violation | None:
        inputs = [operands.input(index) for index in range(len(operands.op.inputs))]
        outputs = [operands.output(index) for index in range(operands.outputs)]
        if any(_matches(want, inputs) and _matches(given, outputs) for want, given in parsed):
            return None
        found = " ".join("-" if item is None else item.dtype.label for item in inputs)
        made = " ".join("-" if item is None else item.dtype.label for item in outputs)
        return Violation("type", f"no kernel takes ({found}) and gives ({made})", type_advice([*inputs, *outputs]))

    return condition


def _parse(row: str) -> tuple[list[str], list[str]]:
    left, _, right = row.partition(">")
    return left.split(), right.split()


def _matches(wanted: Iterable[str], tensors: list[Tensor | None]) -> bool:
    position, before = 0, "-"
    for wish in wanted:
        if wish == "*":
            rest = tensors[position:]
            return all(_is(before, item) for item in rest)
        item = tensors[position] if position < len(tensors) else None
        if not _is(wish, item):
            return False
        position, before = position + 1, wish
    return True


def _is(wish: str, item: Tensor | None) -> bool:
    if item is None:
        return wish.endswith("?") or wish == "-"
    return wish == "-" or any(item.dtype is _SHORT[name] for name in wish.rstrip("?").split("|"))


def inputs(low: int, high: int | None = None) -> Demand:
    """There are that many operands."""
    most = low if high is None else high

    def condition(operands: Operands) -> Violation | None:
        count = len(operands.op.inputs)
        if low <= count <= most:
            return None
        wanted = str(low) if low == most else f"{low} to {most}"
        return Violation(
            "count", f"it has {count} operands, its kernel takes {wanted}", "the file is damaged: convert it again"
        )

    return condition


def outputs(count: int) -> Demand:
    """There are that many outputs."""

    def condition(operands: Operands) -> Violation | None:
        if operands.outputs == count:
            return None
        clause = f"it has {operands.outputs} outputs, its kernel gives {count}"
        return Violation("count", clause, "the file is damaged: convert it again")

    return condition


def rank(low: int, high: int, *indices: int, output: bool = False) -> Demand:
    """The rank of these operands (and of the output) is in [low, high]."""

    def condition(operands: Operands) -> Violation | None:
        named = [operands.input(index) for index in indices] + ([operands.output()] if output else [])
        for item in named:
            if item is not None and not low <= len(item.shape) <= high:
                wanted = str(low) if low == high else f"{low} to {high}"
                clause = f"its kernel takes rank {wanted}, this is {_shown(item)}"
                return Violation("rank", clause, "reshape around the operator", item.name)
        return None

    return condition


def constant(*indices: int) -> Demand:
    """The values of these operands stand in the file."""

    def condition(operands: Operands) -> Violation | None:
        for index in indices:
            item = operands.input(index)
            if item is not None and (item.data is None or not item.data.data):
                clause = f"operand {index} is computed while the model runs, its kernel needs a constant"
                return Violation("constant", clause, "convert with fixed shapes, or make it a constant", item.name)
        return None

    return condition


def scaled(*indices: int, output: bool = True, types: tuple[DType, ...] = QUANTIZED) -> Demand:
    """Those of these operands (and the output) that are of one of the types have a scale above 0."""

    def condition(operands: Operands) -> Violation | None:
        for item in _named(operands, indices, output=output):
            if item.dtype in types and not (item.quant and item.quant.scales and item.quant.scales[0] > 0):
                clause = "its kernel computes with a scale that is missing or not above 0"
                return Violation(
                    "scale", clause, "quantise the model again, with data that reaches this tensor", item.name
                )
        return None

    return condition


def _named(operands: Operands, indices: Iterable[int], *, output: bool) -> Iterator[Tensor]:
    for index in indices:
        item = operands.input(index)
        if item is not None:
            yield item
    result = operands.output()
    if output and result is not None:
        yield result


def symmetric(*indices: int, output: bool = True) -> Demand:
    """Those of these operands (and the output) that are int16 have zero point 0."""

    def condition(operands: Operands) -> Violation | None:
        for item in _named(operands, indices, output=output):
            if item.dtype is DType.INT16 and item.quant and any(item.quant.zero_points[:1]):
                clause = f"its int16 kernel takes zero point 0, this is {item.quant.zero_points[0]}"
                return Violation("scale", clause, "quantise int16 tensors symmetrically", item.name)
        return None

    return condition


def agreeing(*indices: int, types: tuple[DType, ...] = (DType.INT8,), tolerance: float = 0.0) -> Demand:
    """These operands have the output's scale and zero point where they are of one of the types."""

    def condition(operands: Operands) -> Violation | None:
        result = operands.output()
        if result is None or result.dtype not in types:
            return None
        for item in _named(operands, indices, output=False):
            (scale, zero), (own, own_zero) = _pair(item), _pair(result)
            if abs(scale - own) > tolerance or zero != own_zero:
                clause = (
                    f"operand and output must agree in scale and zero point: {scale:g}, {zero}; {own:g}, {own_zero}"
                )
                return Violation(
                    "scale", clause, "quantise the model again with a converter that keeps them equal", item.name
                )
        return None

    return condition


def _pair(item: Tensor) -> tuple[float, int]:
    quant = item.quant
    if quant is None or not quant.scales:
        return 0.0, 0
    return quant.scales[0], quant.zero_points[0] if quant.zero_points else 0


def gives(dtype: DType, scale: float, zero: int, tolerance: float = 0.0) -> Demand:
    """An output of this type has this scale and zero point; the scale within a relative tolerance."""

    def condition(operands: Operands) -> Violation | None:
        result = operands.output()
        if result is None or result.dtype is not dtype:
            return None
        found, found_zero = _pair(result)
        if abs(found - scale) <= tolerance * scale and found_zero == zero:
            return None
        clause = (
            f"its {dtype.label} output must have scale {scale:g} and zero point {zero}, not {found:g} and {found_zero}"
        )
        return Violation("scale", clause, "quantise the model again: converters set this scale", result.name)

    return condition


def unscaled(*indices: int, output: bool = False) -> Demand:
    """Those of these operands (and the output) that are int32 have no quantisation."""

    def condition(operands: Operands) -> Violation | None:
        for item in _named(operands, indices, output=output):
            if item.dtype is DType.INT32 and item.quant and item.quant.scales and item.quant.zero_points:
                clause = "its int32 kernel computes with plain numbers, this has a scale"
                return Violation("scale", clause, "quantise to int8 or int16 instead", item.name)
        return None

    return condition


def not_activated(operands: Operands) -> Violation | None:
    """No activation is fused into the operator."""
    if operands.option("fused_activation_function", 0) == 0:
        return None
    return Violation("option", "its kernel has no fused activation", "make the activation an operator of its own")


def no_more_inputs(most: int) -> Demand:
    """There are at most so many operands."""

    def condition(operands: Operands) -> Violation | None:
        count = len(operands.op.inputs)
        if count <= most:
            return None
        return Violation("count", f"it has {count} operands, its kernel takes at most {most}", "do it in several steps")

    return condition


def only_if(test: Callable[[Operands], bool], *conditions: Demand) -> Demand:
    """These conditions hold where the test does."""

    def condition(operands: Operands) -> Violation | None:
        if not test(operands):
            return None
        return next((found for found in (one(operands) for one in conditions) if found is not None), None)

    return condition


def _shown(item: Tensor) -> str:
    return f"{item.dtype.label.lower()}[{','.join(map(str, item.shape))}]"
