"""Paths whose operators were never measured alone: another path's figures stand in, scaled to one whole model.

int16 activations have no records of their own, nor have some rarer operators. The figures of the nearest kernel stand
in for them; where a small model of the corpus consists of such an operator, they are scaled so that the model comes
out as measured. That was an assertion build: in release builds the same factor is applied to the release figures.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from arenafit.costs.core import Build, Core
from arenafit.costs.estimation import workload
from arenafit.costs.work import KernelWork
from arenafit.ir import Model
from calibration.fit import Key, Table, Tables

# A model by name with its measured instructions on a core, None if it was not measured there.
Witness = Callable[[str, Core], tuple[Model, int] | None]


@dataclass(frozen=True, slots=True)
class StandIn:
    """`path` is priced like `source`, scaled to `model` if one is named."""

    path: str
    source: str
    model: str | None = None


_INT16 = (
    StandIn("CONV_2D i16", "CONV_2D i8", "tflm__conv5"),
    StandIn("CONV_2D i16 im2col", "CONV_2D i8 im2col", "tflm__conv5"),
    StandIn("DEPTHWISE_CONV_2D i16", "DEPTHWISE_CONV_2D i8"),
    StandIn("DEPTHWISE_CONV_2D i16 plain", "DEPTHWISE_CONV_2D i8 plain"),
    StandIn("FULLY_CONNECTED i16", "FULLY_CONNECTED i8"),
    StandIn("MAX_POOL_2D i16", "MAX_POOL_2D i8"),
    StandIn("AVERAGE_POOL_2D i16", "AVERAGE_POOL_2D i8"),
    StandIn("ADD i16", "ADD i8", "tflm__add9"),
    StandIn("MUL i16", "MUL i8", "litert__simple_quantized_ops"),
    StandIn("SOFTMAX i16", "SOFTMAX i8"),
)
# Both copy run after run by memcpy.
STAND_INS = (*_INT16, StandIn("BATCH_TO_SPACE_ND", "DYNAMIC_UPDATE_SLICE"))

# Models whose measured instructions went into coefficients; they prove nothing about accuracy.
CALIBRATED_ON = frozenset(found.model for found in STAND_INS if found.model is not None)


def add_surrogates(fitted: Mapping[Key, Tables], witness: Witness) -> None:
    """Add the stand-ins that each core's tables lack and have a source for, in the order of `STAND_INS`."""
    for core in Core:
        for found in STAND_INS:
            if found.path not in fitted[core, Build.RELEASE] and found.source in fitted[core, Build.RELEASE]:
                _add(core, found, fitted, witness)


def _add(core: Core, found: StandIn, fitted: Mapping[Key, Tables], witness: Witness) -> None:
    measured = None if found.model is None else witness(found.model, core)
    factor, basis = 1.0, f"not measured: taken from {found.source}"
    if measured is not None:
        factor = _factor(core, found, fitted[core, Build.ASSERTIONS], measured)
        basis = f"{found.source} scaled by {factor:.3f} to the whole model {found.model}, assertion build"
    for build in Build:
        terms = fitted[core, build][found.source].terms
        scaled = {name: float(f"{value * factor:.5g}") for name, value in terms.items()}
        fitted[core, build][found.path] = Table(basis, scaled)


def _factor(core: Core, found: StandIn, tables: Tables, measured: tuple[Model, int]) -> float:
    """Return by what the source's figures must be scaled for the model to come out as measured."""
    model, instructions = measured
    own, others = 0.0, tables["Invoke"].terms["call"]
    for _, times, work in workload(model, core):
        if not isinstance(work, KernelWork):
            raise TypeError(f"{found.model} holds an operator without a price: {work.why}")
        path = found.source if work.path == found.path else work.path
        cost = times * sum(count * tables[path].terms[name] for name, count in work.terms.items())
        own, others = (own + cost, others) if work.path == found.path else (own, others + cost)
    return (instructions - others) / own
