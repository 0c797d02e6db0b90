"""One-operator models to measure, and the records that measurements become (see fit_costs.py)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from board import run
from numpy.typing import NDArray

from arenafit.ir import Constant, DType, Editor, Graph, Model, Quant
from arenafit.tflite import make_options, write_bytes

Shape = tuple[int, ...]
TYPES = {
    "i8": DType.INT8, "u8": DType.UINT8, "i16": DType.INT16, "i32": DType.INT32, "f32": DType.FLOAT32,
}  # fmt: skip
EXTRA_COPIES = 4


@dataclass(frozen=True)
class Case:
    """One operator with its shapes; `dtype` is of its input, or of both as ``i16->i8``."""

    op: str
    dtype: str
    inputs: tuple[Shape, ...]
    output: Shape
    options: str
    values: dict[str, Any] = field(default_factory=dict)
    constants: tuple[NDArray[Any], ...] = ()
    attrs: dict[str, Any] = field(default_factory=dict)
    same_scale: bool = True
    out_quant: tuple[float, int] | None = None
    shapes: tuple[Shape, ...] | None = None  # of all operands as the record names them, default `inputs`

    def model(self, copies: int) -> Model:
        """Return a model of `copies` of the operator, side by side."""
        editor = Editor(Model((Graph((), (), (), (), "main"),)))
        source, _, target = self.dtype.partition("->")
        counts = source == "i32" and not target  # plain integers have no scale
        inputs = [
            editor.add_tensor(f"in{i}", TYPES[source], shape, quant=None if counts else quantisation(TYPES[source]))
            for i, shape in enumerate(self.inputs)
        ]
        constants = [
            editor.add_tensor(f"c{i}", DType.of(array.dtype), array.shape, data=Constant.of(array))
            for i, array in enumerate(self.constants)
        ]
        out_type = TYPES[target or source]
        quant = None if counts else quantisation(out_type, 1.0 if self.same_scale else 1.25)
        if self.out_quant is not None:
            quant = Quant((self.out_quant[0],), (self.out_quant[1],))
        outputs = []
        for copy in range(copies):
            output = editor.add_tensor(f"out{copy}", out_type, self.output, quant=quant)
            options = make_options(self.options, **self.values)
            editor.append_op(editor.make_op(self.op, [*inputs, *constants], (output,), options, version=2))
            outputs.append(output)
        editor.set_inputs(inputs)
        editor.set_outputs(outputs[:1])
        return editor.build()

    def record(self, instructions: float) -> dict[str, Any]:
        """Return the measurement as a record."""
        return {
            "op": self.op,
            "dtype": self.dtype,
            "target": "cortex-m4-cmsis-nn",
            "shapes": {"inputs": [list(shape) for shape in self.shapes or self.inputs], "outputs": [list(self.output)]},
            "attrs": {**self.attrs, **({"same_scale": True} if self.same_scale else {})},
            "instructions": None,
            "instructions_per_op": round(instructions, 1),
            "note": "emulated",
        }


def quantisation(dtype: DType, factor: float = 1.0) -> Quant | None:
    """Return the quantisation of an activation: about [-6.4, 6.4)."""
    scales = {DType.INT8: 0.05, DType.UINT8: 0.05, DType.INT16: 0.05 / 256, DType.INT32: 0.05 / 256}
    zeros = {DType.INT8: 3, DType.UINT8: 131}
    return None if dtype not in scales else Quant((scales[dtype] * factor,), (zeros.get(dtype, 0),))


def measure(witness: Path, cases: Iterable[Case]) -> Iterator[dict[str, Any]]:
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
                found = run(witness, file, invokes=1)
                counts += found.instructions
            if len(counts) < 2:
                print(f"refused: {case.op} {case.dtype} {case.inputs} {found.log}")
                continue
            each = (counts[1] - counts[0]) / EXTRA_COPIES
            print(f"{case.op} {case.dtype} {case.inputs}: {each:.1f}", flush=True)
            yield case.record(each)


def save(records: Iterable[dict[str, Any]], path: Path) -> None:
    """Write records, one a line."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
