"""One-operator models to measure, and the records that measurements become (see fit_costs.py)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from board import Program, Setting, run
from numpy.typing import NDArray

from arenafit.ir import Constant, DType, Editor, Graph, Model, Quant, TensorId
from arenafit.tflite import make_options, write_bytes

Shape = tuple[int, ...]
TYPES = {
    "i8": DType.INT8, "u8": DType.UINT8, "i16": DType.INT16, "i32": DType.INT32, "f32": DType.FLOAT32,
    "bool": DType.BOOL,
}  # fmt: skip
EXTRA_COPIES = 4


@dataclass(frozen=True)
class Weights:
    """A constant operand with its quantisation; values of INT4 are packed, two a byte."""

    values: NDArray[Any]
    dtype: DType
    quant: Quant | None

    def constant(self) -> Constant:
        """Return the content as TFLM reads it."""
        if self.dtype is not DType.INT4:
            return Constant.of(self.values)
        flat = np.append(self.values.ravel(), np.zeros(self.values.size % 2, np.int8)).astype(np.uint8) & 15
        return Constant.of((flat[::2] | flat[1::2] << 4).astype(np.uint8))


Operand = NDArray[Any] | Weights


@dataclass(frozen=True)
class Case:
    """One operator with its shapes; `dtype` is of its input, or of both as ``i16->i8``.

    Its operands are the constants `leading`, the inputs, the constants `constants`.
    """

    op: str
    dtype: str
    inputs: tuple[Shape, ...]
    output: Shape
    options: str
    values: dict[str, Any] = field(default_factory=dict)
    constants: tuple[Operand, ...] = ()
    attrs: dict[str, Any] = field(default_factory=dict)
    same_scale: bool = True
    out_quant: tuple[float, int] | None = None
    in_quant: tuple[float, int] | None = None
    shapes: tuple[Shape, ...] | None = None  # of all operands as the record names them, default `inputs`
    leading: tuple[Operand, ...] = ()
    positive: bool = False  # whether the operator reads absolute values (float)

    def model(self, copies: int) -> Model:
        """Return a model of `copies` of the operator, side by side."""
        editor = Editor(Model((Graph((), (), (), (), "main"),)))
        source, _, target = self.dtype.partition("->")
        counts = source == "i32" and not target  # plain integers have no scale
        scale = None if counts else quantisation(TYPES[source])
        if self.in_quant is not None:
            scale = Quant((self.in_quant[0],), (self.in_quant[1],))
        inputs = [editor.add_tensor(f"in{i}", TYPES[source], shape, quant=scale) for i, shape in enumerate(self.inputs)]
        given_inputs = list(inputs)
        if self.positive:
            inputs = [_absolute(editor, tensor) for tensor in inputs]
        first, last = (
            [_add(editor, f"{place}{i}", given) for i, given in enumerate(operands)]
            for place, operands in (("first", self.leading), ("c", self.constants))
        )
        out_type = TYPES[target or source]
        quant = None if counts else quantisation(out_type, 1.0 if self.same_scale else 1.25)
        if self.out_quant is not None:
            quant = Quant((self.out_quant[0],), (self.out_quant[1],))
        outputs = []
        for copy in range(copies):
            output = editor.add_tensor(f"out{copy}", out_type, self.output, quant=quant)
            options = make_options(self.options, **self.values) if self.options else None
            editor.append_op(editor.make_op(self.op, [*first, *inputs, *last], (output,), options, version=2))
            outputs.append(output)
        editor.set_inputs(given_inputs)
        editor.set_outputs(outputs[:1])
        return editor.build()

    def record(self, instructions: float, target: str) -> dict[str, Any]:
        """Return the measurement on `target` as a record."""
        return {
            "op": self.op,
            "dtype": self.dtype,
            "target": target,
            "shapes": {"inputs": [list(shape) for shape in self.shapes or self.inputs], "outputs": [list(self.output)]},
            "attrs": {**self.attrs, **({"same_scale": True} if self.same_scale else {})},
            "instructions": None,
            "instructions_per_op": round(instructions, 1),
            "note": "emulated",
        }


def _add(editor: Editor, name: str, given: Operand) -> TensorId:
    if isinstance(given, Weights):
        return editor.add_tensor(name, given.dtype, given.values.shape, quant=given.quant, data=given.constant())
    return editor.add_tensor(name, DType.of(given.dtype), given.shape, data=Constant.of(given))


def _absolute(editor: Editor, tensor: TensorId) -> TensorId:
    plain = editor.tensor(tensor)
    output = editor.add_tensor(f"{plain.name}_abs", plain.dtype, plain.shape, quant=plain.quant)
    editor.append_op(editor.make_op("ABS", (tensor,), (output,), make_options("AbsOptions"), version=1))
    return output


def quantisation(dtype: DType, factor: float = 1.0) -> Quant | None:
    """Return the quantisation of an activation: about [-6.4, 6.4)."""
    scales = {DType.INT8: 0.05, DType.UINT8: 0.05, DType.INT16: 0.05 / 256, DType.INT32: 0.05 / 256}
    zeros = {DType.INT8: 3, DType.UINT8: 131}
    return None if dtype not in scales else Quant((scales[dtype] * factor,), (zeros.get(dtype, 0),))


def measure(witness: Program, cases: Iterable[Case], target: str = "cortex-m4-cmsis-nn") -> Iterator[dict[str, Any]]:
    """Yield the record of each case that TFLM runs; say on the console what it refuses.

    Each operator is run once and several times in one model; the difference, divided by the copies that were added, is
    its own cost with its dispatch.
    """
    with TemporaryDirectory() as scratch:
        file = Path(scratch) / "operator.tflite"
        for case in cases:
            counts = []
            for copies in (1, 1 + EXTRA_COPIES):
                file.write_bytes(write_bytes(case.model(copies)))
                found = run(witness, file, Setting(invokes=1))
                counts += found.instructions
            if len(counts) < 2:
                print(f"refused: {case.op} {case.dtype} {case.inputs} {found.log}")
                continue
            each = (counts[1] - counts[0]) / EXTRA_COPIES
            print(f"{case.op} {case.dtype} {case.inputs}: {each:.1f}", flush=True)
            yield case.record(each, target)


def save(records: Iterable[dict[str, Any]], path: Path) -> None:
    """Write records, one a line."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def keep_others(records: Iterable[dict[str, Any]], path: Path) -> list[dict[str, Any]]:
    """Return the records in `path` that are not of what `records` measured."""
    keys = ("op", "dtype", "target")
    measured = {tuple(record[key] for key in keys) for record in records}
    old = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    return [record for record in old if tuple(record[key] for key in keys) not in measured]
