"""Loads the coefficients: for each core and build, instructions per term of every kernel path."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from arenafit.costs.core import Build, Core
from arenafit.costs.work import KernelWork


@dataclass(frozen=True, slots=True)
class PathPrice:
    """Instructions per term of one kernel path.

    Attributes:
        basis: where the figures come from: ``measured``, or a sentence saying what they are derived from.
        terms: instructions each time the term happens.
    """

    basis: str
    terms: Mapping[str, float]

    @property
    def measured(self) -> bool:
        """Whether the path was measured on this core and build."""
        return self.basis == "measured"


@cache
def prices(core: Core, build: Build) -> Mapping[str, PathPrice]:
    """Return the prices by path."""
    text = files("arenafit.costs").joinpath("data", f"{core.value}.{build.value}.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)["paths"]
    return {path: PathPrice(table["basis"], table["terms"]) for path, table in tables.items()}


def price(work: KernelWork, core: Core, build: Build) -> float | None:
    """Return the instructions of `work`, None if its path has no coefficients."""
    found = prices(core, build).get(work.path)
    if found is None:
        return None
    return apply(work, found.terms)


def apply(work: KernelWork, terms: Mapping[str, float]) -> float:
    """Return the sum of counts times instructions over the terms of `work`."""
    total = 0.0
    for name, count in work.terms.items():
        if count:
            total += count * terms[name]
    return total
