"""Reads measured instructions: records of single operators, and whole models with the files they were measured on."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from arenafit.costs.calibration.fit import Key, Tables, fit_all
from arenafit.costs.calibration.records import Record, read_records
from arenafit.costs.calibration.stand_ins import CALIBRATED_ON, add_stand_ins
from arenafit.costs.core import Build, Core
from arenafit.ir import Model
from arenafit.tflite import read_model

_FILES = {"instructions.jsonl": Build.ASSERTIONS, "instructions_ndebug.jsonl": Build.RELEASE}
_TARGETS = {
    "cortex-m4-reference": Core.M4_REFERENCE,
    "cortex-m4-cmsis-nn": Core.M4_CMSIS_NN,
    "cortex-m55-cmsis-nn": Core.M55_CMSIS_NN,
}
# Operators that make a CNN, and the size from which one is judged.
_CONVOLUTIONS = {"CONV_2D", "DEPTHWISE_CONV_2D"}
_MIN_INSTRUCTIONS = 200_000


@dataclass(frozen=True, slots=True)
class WholeModel:
    """Instructions of one Invoke of a model, measured with an assertion build."""

    name: str
    core: Core
    instructions: int
    path: Path

    @property
    def is_witness(self) -> bool:
        """Whether coefficients were calibrated on it, so that it proves nothing about accuracy."""
        return self.name in CALIBRATED_ON

    def is_cnn(self, model: Model) -> bool:
        """Whether it convolves, and is large enough to matter (200,000 instructions)."""
        convolves = any(op.name in _CONVOLUTIONS for op in model.ops.values())
        return convolves and self.instructions > _MIN_INSTRUCTIONS


def read_golden(golden: Path) -> dict[Key, list[Record]]:
    """Return the records of single operators by core and build.

    Raises:
        DataError: if a file holds something else.
    """
    records: dict[Key, list[Record]] = defaultdict(list)
    for name, build in _FILES.items():
        for record in read_records(golden / name):
            records[_TARGETS[record.target], build].append(record)
    return records


def whole_models(golden: Path) -> Iterator[WholeModel]:
    """Yield what arena.jsonl measured; the models are in the directory `models` beside `golden`."""
    for line in (golden / "arena.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        core = _TARGETS.get(row["target"])
        if core is None or not row["ok"]:
            continue
        path = next((golden.parent / "models").glob(f"*/{row['model']}"))
        yield WholeModel(path.stem, core, row["instructions"], path)


def fit_golden(golden: Path) -> dict[Key, Tables]:
    """Return all coefficient tables that the measurements in `golden` give."""
    fitted = fit_all(read_golden(golden))
    known = {(found.name, found.core): found for found in whole_models(golden) if found.is_witness}

    def witness(name: str, core: Core) -> tuple[Model, int] | None:
        found = known.get((name, core))
        return None if found is None else (read_model(found.path), found.instructions)

    add_stand_ins(fitted, witness)
    return fitted
