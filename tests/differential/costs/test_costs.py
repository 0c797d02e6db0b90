"""Predicted instructions against those measured on Cortex-M: whole models, and operators held out of the fits."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from arenafit.costs import Build, Core, Cost, estimate
from arenafit.costs.coefficients import prices
from arenafit.tflite import read_model
from calibration.fit import Key, Tables
from calibration.golden import fit_golden, read_golden, whole_models
from calibration.records import Record, record_model

pytestmark = pytest.mark.corpus
EMULATED = Path(__file__).parents[3] / "benchmarks" / "emulated"


def corpus() -> Path:
    root = os.environ.get("ARENAFIT_CORPUS")
    if root is None or not (Path(root) / "golden" / "arena.jsonl").is_file():
        pytest.skip("needs measured instructions: set ARENAFIT_CORPUS to a directory with golden/arena.jsonl")
    return Path(root)


@cache
def predicted(core: Core) -> list[tuple[str, int, Cost, bool]]:
    """Name, measured instructions, estimate, and whether it is a CNN, of every model measured on the core."""
    results = []
    for found in whole_models(corpus() / "golden"):
        if found.core is core and not found.is_witness:
            model = read_model(found.path)
            cost = estimate(model, core, Build.ASSERTIONS)
            results.append((found.name, found.instructions, cost, found.is_cnn(model)))
    return results


def errors_percent(models: list[tuple[str, int, Cost, bool]]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.array([abs(cost.total_instructions / measured - 1) * 100 for _, measured, cost, _ in models], np.float64)


@pytest.mark.parametrize("core", Core)
def test_cnns_are_within_two_percent(core: Core) -> None:
    covered = [model for model in predicted(core) if model[3] and model[2].is_complete]
    errors = errors_percent(covered)
    assert len(errors) >= 50
    assert (errors <= 2).mean() >= 0.95
    assert np.median(errors) < 0.25


@pytest.mark.parametrize("core", Core)
def test_all_cnns_are_within_two_percent_even_with_what_is_uncovered(core: Core) -> None:
    errors = errors_percent([model for model in predicted(core) if model[3]])
    assert (errors <= 2).mean() >= 0.95


@pytest.mark.parametrize("core", Core)
def test_most_cnns_are_covered(core: Core) -> None:
    cnns = [model for model in predicted(core) if model[3]]
    assert sum(cost.is_complete for _, _, cost, _ in cnns) >= 0.95 * len(cnns)


@pytest.mark.parametrize("core", Core)
def test_what_is_uncovered_makes_the_estimate_too_low(core: Core) -> None:
    partial = [model for model in predicted(core) if not model[2].is_complete]
    assert partial
    # Beyond the error of what is covered.
    assert all(cost.total_instructions < 1.02 * measured for _, measured, cost, _ in partial)


@cache
def golden_records() -> dict[Key, list[Record]]:
    return read_golden(corpus() / "golden", EMULATED)


@cache
def fitted() -> dict[Key, Tables]:
    return fit_golden(corpus() / "golden", EMULATED)


def test_the_data_files_are_what_the_measurements_give() -> None:
    for (core, build), tables in fitted().items():
        stored = prices(core, build)
        assert stored.keys() == tables.keys()
        for path, table in tables.items():
            assert stored[path].basis == table.basis
            assert dict(stored[path].terms) == pytest.approx(dict(table.terms), rel=1e-4), (core, build, path)


@pytest.mark.parametrize("core", Core)
def test_held_out_operators(core: Core) -> None:
    tables = fitted()[core, Build.ASSERTIONS]
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
        if record.op == "EMPTY" or record.attrs.get("oscale", 0.1) != 0.1:
            continue
        if (core, build) == (Core.M4_REFERENCE, Build.RELEASE) and record.op.endswith("POOL_2D"):
            continue  # float pooling was measured with its assertions: derived instead
        model, addresses = record_model(record)
        cost = estimate(model, core, build, addresses=addresses)
        assert cost.is_complete, record.key
        own = cost.total_instructions - prices(core, build)["Invoke"].terms["call"]
        errors.append(abs(own / record.instructions - 1) * 100)
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
        own = cost.total_instructions - prices(core, Build.ASSERTIONS)["Invoke"].terms["call"]
        assert own == pytest.approx(record.instructions, rel=0.025), record.key
