"""Fits the coefficient tables to measured records, and derives those for which nothing was measured."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from arenafit.costs.core import Build, Core
from arenafit.costs.estimation import workload
from arenafit.costs.work import KernelWork
from calibration.derive import ALIASES, LIKE_DSP, LIKE_M4_CMSIS_NN, LIKE_REFERENCE, complete
from calibration.least_squares import fit_relative
from calibration.records import Record, record_model

Key = tuple[Core, Build]
Tables = dict[str, "Table"]

# Operators measured as small models with others, and the path their own cost is in.
_COMPOSITE = {"WHILE": "WHILE", "IF": "IF", "RESOURCE_VARIABLE": "resource variable"}


@dataclass(frozen=True)
class Table:
    """The coefficients of one path with how well they reproduce what they were fitted to (errors in percent)."""

    basis: str
    terms: Mapping[str, float]
    records: int = 0
    median_error: float = 0.0
    max_error: float = 0.0
    held_out: int = 0
    held_out_median_error: float = 0.0
    held_out_max_error: float = 0.0


@dataclass(frozen=True)
class Sample:
    """One equation: terms times coefficients make up the instructions."""

    terms: Mapping[str, float]
    instructions: float
    held_out: bool


def fit_all(measured: Mapping[Key, Sequence[Record]]) -> dict[Key, Tables]:
    """Return tables for every core and build, measured or derived."""
    whole = complete(measured)
    fitted = {key: _fit_core(key[0], list(records)) for key, (records, _) in whole.items()}
    for key, tables in fitted.items():
        derived = whole[key][1]
        for path, table in tables.items():
            note = derived(path)
            if note is not None:
                tables[path] = replace(table, basis=note)
    _borrow(fitted)
    _add_signs(fitted)
    for tables in fitted.values():
        _add_aliases(tables)
    return fitted


def _add_aliases(tables: Tables) -> None:
    for path, source in ALIASES.items():
        if path not in tables and source in tables:
            tables[path] = Table(f"not measured: taken from {source}", tables[source].terms)


def _borrow(fitted: Mapping[Key, Tables]) -> None:
    """Take kernels that several cores share, but that were hardly measured on some, from where they were."""
    for (core, build), tables in fitted.items():
        for path in LIKE_REFERENCE if core.has_cmsis_nn else ():
            source = fitted[Core.M4_REFERENCE, build][path]
            tables[path] = Table("measured on M4_REFERENCE, whose kernel this is", source.terms)
        shared = (*LIKE_M4_CMSIS_NN, *(LIKE_DSP if core is Core.M55_CMSIS_NN else ()))
        for path in () if core is Core.M4_CMSIS_NN else shared:
            source = fitted[Core.M4_CMSIS_NN, build][path]
            tables[path] = Table("measured on M4_CMSIS_NN, whose loop this is", source.terms)


def _add_signs(fitted: Mapping[Key, Tables]) -> None:
    """Let products that are never negative save on every core what they were measured to save on M4_CMSIS_NN."""
    path = "MUL i8 broadcast"
    for (core, build), tables in fitted.items():
        known, terms = fitted[Core.M4_CMSIS_NN, build][path].terms, dict(tables[path].terms)
        for name in ("element", "scalar_element") if core is not Core.M4_CMSIS_NN else ():
            terms[f"nonnegative_{name}"] = terms[name] - known[name] + known[f"nonnegative_{name}"]
        tables[path] = replace(tables[path], terms=terms)


def _fit_core(core: Core, records: Sequence[Record]) -> Tables:
    samples: dict[str, list[Sample]] = defaultdict(list)
    composite: list[Record] = []
    for record in records:
        if record.op in _COMPOSITE:
            composite.append(record)
        elif record.op == "EMPTY":
            samples["Invoke"].append(Sample({"call": 1}, record.instructions, held_out=False))
        elif record.attrs.get("oscale", 0.1) == 0.1:  # others requantise with a left shift
            (work,) = _works(record, core)
            samples[work[0].path].append(Sample(work[0].terms, record.instructions, record.held_out))
    tables = {path: fit_path(found) for path, found in samples.items()}
    _refine_broadcasts(tables, samples)
    _refine_reversed(tables, samples)
    for op, path in _COMPOSITE.items():
        found = [_remainder(record, core, path, tables) for record in composite if record.op == op]
        if not found:
            continue
        # One carried tensor only was ever measured with IF: comparing a pair of addresses costs what it does in WHILE.
        fixed = {"pair": tables["WHILE"].terms["carried_iteration"] / 3} if op == "IF" else {}
        tables[path] = fit_path(found, fixed)
    return tables


def _refine_broadcasts(tables: Tables, samples: Mapping[str, Sequence[Sample]]) -> None:
    """Give broadcasting int8 ADD and SUB the loops of MUL, whose arithmetic does not vary with the data.

    All three instantiate one template; the data-dependent rounding of ADD would blur what its loops cost.
    """
    loops = {name: tables["MUL i8 broadcast"].terms[name] for name in ("pass", "node", "rank")}
    tables["ADD i8 broadcast"] = fit_path(samples["ADD i8 broadcast"], loops)
    element = tables["SUB i8"].terms["element"]
    call = tables["MUL i8 broadcast"].terms["call"]
    terms = {"element": element, "scalar_element": element, **loops, "call": call}
    tables["SUB i8 broadcast"] = Table("not measured: the loops of MUL i8 broadcast, the arithmetic of SUB i8", terms)


def _refine_reversed(tables: Tables, samples: Mapping[str, Sequence[Sample]]) -> None:
    """Give int8 TRANSPOSE_CONV with reversed kernels the products of CONV_2D, whose function it calls."""
    path, source = "TRANSPOSE_CONV i8 reversed", tables.get("CONV_2D i8 im2col")
    if path in tables and source is not None:
        products = ("pair_", "odd_channel_", "left_", "widen_")
        tables[path] = fit_path(
            samples[path], {name: value for name, value in source.terms.items() if name.startswith(products)}
        )


def _works(record: Record, core: Core) -> list[tuple[KernelWork, float]]:
    model, addresses = record_model(record)
    works: list[tuple[KernelWork, float]] = []
    for _, times, work in workload(model, core, addresses):
        if not isinstance(work, KernelWork):
            raise TypeError(f"the record of {record.key} takes no known path: {work.why}")
        works.append((work, times))
    return works


def _remainder(record: Record, core: Core, path: str, tables: Tables) -> Sample:
    """Return what is left of a composite record for `path` when its other operators are paid."""
    own: dict[str, float] = defaultdict(float)
    left = record.instructions
    for work, times in _works(record, core):
        if work.path == path:
            for name, count in work.terms.items():
                own[name] += times * count
        else:
            left -= times * sum(count * tables[work.path].terms[name] for name, count in work.terms.items())
    return Sample(own, left, record.held_out)


def fit_path(samples: Sequence[Sample], fixed: Mapping[str, float] | None = None) -> Table:
    """Return the table that fits `samples` best, with the coefficients in `fixed` given."""
    terms = _solve(samples, fixed or {})
    errors = _errors(samples, terms)
    table = Table("measured", terms, len(samples), float(np.median(errors)), float(errors.max()))
    held = [sample for sample in samples if sample.held_out]
    rest = [sample for sample in samples if not sample.held_out]
    if not held or not rest:
        return table
    unseen = _errors(held, _solve(rest, fixed or {}))
    return replace(
        table,
        held_out=len(held),
        held_out_median_error=float(np.median(unseen)),
        held_out_max_error=float(unseen.max()),
    )


def _solve(samples: Sequence[Sample], fixed: Mapping[str, float]) -> dict[str, float]:
    names = list(dict.fromkeys(name for sample in samples for name in sample.terms if name not in fixed))
    counts = np.array([[sample.terms.get(name, 0) for name in names] for sample in samples], float)
    given = np.array([_total(sample.terms, fixed) for sample in samples])
    measured = np.array([sample.instructions for sample in samples]) - given
    solved = fit_relative(counts, measured)
    return {**{name: float(f"{value:.5g}") for name, value in zip(names, solved, strict=True)}, **fixed}


def _total(counts: Mapping[str, float], terms: Mapping[str, float]) -> float:
    return sum(count * terms.get(name, 0.0) for name, count in counts.items())


def _errors(samples: Iterable[Sample], terms: Mapping[str, float]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.array(
        [abs(_total(sample.terms, terms) / sample.instructions - 1) * 100 for sample in samples], np.float64
    )
