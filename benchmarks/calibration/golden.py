"""Reads measured instructions: records of single operators, and whole models with the files they were measured on."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from arenafit.costs.core import Build, Core
from arenafit.ir import Model
from arenafit.tflite import read_model
from calibration.fit import Key, Tables, fit_all
from calibration.records import Record, read_records
from calibration.surrogates import CALIBRATED_ON, add_surrogates

_FILES = {"instructions.jsonl": Build.ASSERTIONS, "instructions_ndebug.jsonl": Build.RELEASE}
_EMULATED = {
    "assertions.jsonl": Build.ASSERTIONS, "release.jsonl": Build.RELEASE, "wrappers_release.jsonl": Build.RELEASE,
    "m55_release.jsonl": Build.RELEASE,
}  # fmt: skip
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


def read_golden(golden: Path, emulated: Path) -> dict[Key, list[Record]]:
    """Return the records of single operators by core and build.

    Records in `emulated` (benchmarks/emulated) stand for equal ones in `golden`, and add to them.

    Raises:
        DataError: if a file holds something else.
    """
    records: dict[Key, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for name, build in _FILES.items():
        for record in read_records(golden / name):
            records[_TARGETS[record.target], build][record.key].append(record)
    for name, build in _EMULATED.items():
        for record in read_records(emulated / name):
            same = records[_TARGETS[record.target], build]
            same[record.key] = [replace(record, held_out=any(old.held_out for old in same[record.key]))]
    return {key: [record for found in by_key.values() for record in found] for key, by_key in records.items()}


def whole_models(golden: Path) -> Iterator[WholeModel]:
    """Yield what arena.jsonl measured; the models are in the directory `models` beside `golden`."""
    for line in (golden / "arena.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        core = _TARGETS.get(row["target"])
        if core is None or not row["ok"]:
            continue
        path = next((golden.parent / "models").glob(f"*/{row['model']}"))
        yield WholeModel(path.stem, core, row["instructions"], path)


def fit_golden(golden: Path, emulated: Path) -> dict[Key, Tables]:
    """Return all coefficient tables that the measurements in `golden` and `emulated` give."""
    fitted = fit_all(read_golden(golden, emulated))
    known = {(found.name, found.core): found for found in whole_models(golden) if found.is_witness}

    def witness(name: str, core: Core) -> tuple[Model, int] | None:
        found = known.get((name, core))
        return None if found is None else (read_model(found.path), found.instructions)

    add_surrogates(fitted, witness)
    return fitted
