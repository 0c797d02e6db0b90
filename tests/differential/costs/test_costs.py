"""Predicted instructions against those measured on Cortex-M: whole models, and operators held out of the fits."""

import json
import os
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from arenafit.costs import Build, Core, Cost, estimate
from arenafit.costs.calibration.fit import Key, fit_all
from arenafit.costs.calibration.records import Record, read_records, record_model
from arenafit.costs.coefficients import prices
from arenafit.tflite import read_model

pytestmark = pytest.mark.corpus

TARGETS = {
    "cortex-m4-reference": Core.M4_REFERENCE,
    "cortex-m4-cmsis-nn": Core.M4_CMSIS_NN,
    "cortex-m55-cmsis-nn": Core.M55_CMSIS_NN,
}
# Operators that make a CNN, and the size from which one is judged.
CONVOLUTIONS = {"CONV_2D", "DEPTHWISE_CONV_2D"}
MIN_INSTRUCTIONS = 200_000


def corpus() -> Path:
    root = os.environ.get("ARENAFIT_CORPUS")
    if root is None or not (Path(root) / "golden" / "arena.jsonl").is_file():
        pytest.skip("needs measured instructions: set ARENAFIT_CORPUS to a directory with golden/arena.jsonl")
    return Path(root)


@cache
def whole_models(core: Core) -> list[tuple[str, int, Cost, bool]]:
    """Name, measured instructions, estimate, and whether it is a CNN, of every model measured on the core."""
    found = []
    for line in (corpus() / "golden" / "arena.jsonl").read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        if TARGETS.get(row["target"]) is not core or not row["ok"]:
            continue
        (path,) = (corpus() / "models").glob(f"*/{row['model']}")
        model = read_model(path)
        names = {op.name for op in model.ops.values()}
        cnn = bool(names & CONVOLUTIONS) and row["instructions"] > MIN_INSTRUCTIONS
        found.append((row["model"], row["instructions"], estimate(model, core, Build.ASSERTIONS), cnn))
    return found


def errors_percent(models: list[tuple[str, int, Cost, bool]]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.array([abs(cost.total_instructions / measured - 1) * 100 for _, measured, cost, _ in models], np.float64)


@pytest.mark.parametrize("core", Core)
def test_cnns_are_within_two_percent(core: Core) -> None:
    covered = [model for model in whole_models(core) if model[3] and model[2].is_complete]
    errors = errors_percent(covered)
    assert len(errors) >= 50
    assert (errors <= 2).mean() >= 0.95
    assert np.median(errors) < 0.25


@pytest.mark.parametrize("core", Core)
def test_most_cnns_are_covered(core: Core) -> None:
    cnns = [model for model in whole_models(core) if model[3]]
    assert sum(cost.is_complete for _, _, cost, _ in cnns) >= 0.85 * len(cnns)


@pytest.mark.parametrize("core", Core)
def test_what_is_uncovered_makes_the_estimate_too_low(core: Core) -> None:
    partial = [model for model in whole_models(core) if not model[2].is_complete]
    assert partial
    # Beyond the error of what is covered.
    assert all(cost.total_instructions < 1.02 * measured for _, measured, cost, _ in partial)


@cache
def golden_records() -> dict[Key, list[Record]]:
    records: dict[Key, list[Record]] = defaultdict(list)
    builds = {"instructions.jsonl": Build.ASSERTIONS, "instructions_ndebug.jsonl": Build.RELEASE}
    for name, build in builds.items():
        for record in read_records(corpus() / "golden" / name):
            records[TARGETS[record.target], build].append(record)
    return records


def test_the_data_files_are_what_the_records_give() -> None:
    for (core, build), tables in fit_all(golden_records()).items():
        stored = prices(core, build)
        assert stored.keys() == tables.keys()
        for path, table in tables.items():
            assert stored[path].basis == table.basis
            assert dict(stored[path].terms) == pytest.approx(dict(table.terms), rel=1e-4), (core, build, path)


@pytest.mark.parametrize("core", Core)
def test_held_out_operators(core: Core) -> None:
    tables = fit_all(golden_records())[core, Build.ASSERTIONS]
    held = {path: table for path, table in tables.items() if table.held_out}
    assert held
    assert all(table.held_out_median_error < 1.5 for table in held.values()), held
    assert sum(table.held_out for table in held.values()) >= 200


@pytest.mark.parametrize(("core", "build"), [(core, build) for core in Core for build in Build])
def test_single_operators(core: Core, build: Build) -> None:
    if (core, build) == (Core.M55_CMSIS_NN, Build.RELEASE):
        pytest.skip("release builds were not measured on M55")
    errors = []
    for record in golden_records()[core, build]:
        if record.op == "EMPTY" or record.attrs.get("oscale", 0.1) != 0.1 or record.dtype == "f32":
            continue  # float kernels of release builds with CMSIS-NN were not recompiled: derived instead
        model, addresses = record_model(record)
        cost = estimate(model, core, build, addresses=addresses)
        assert cost.is_complete, record.key
        predicted = cost.total_instructions - prices(core, build)["Invoke"].terms["call"]
        errors.append(abs(predicted / record.instructions - 1) * 100)
    assert np.median(errors) < 0.25
    assert np.percentile(errors, 95) < 3


@pytest.mark.parametrize("core", Core)
def test_loops_are_counted_and_priced(core: Core) -> None:
    for record in golden_records()[core, Build.ASSERTIONS]:
        if record.op != "WHILE":
            continue
        model, addresses = record_model(record)
        cost = estimate(model, core, Build.ASSERTIONS, addresses=addresses)
        assert list(cost.iterations.values()) == [record.attrs["iterations"]], record.key
        predicted = cost.total_instructions - prices(core, Build.ASSERTIONS)["Invoke"].terms["call"]
        assert predicted == pytest.approx(record.instructions, rel=0.025), record.key
