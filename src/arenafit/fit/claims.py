"""What can be claimed of a streamed segment's outputs."""

from collections.abc import Iterable, Iterator, Mapping

from arenafit.fit.search.tilings import Tiling
from arenafit.ir import Model, OpId
from arenafit.rewrites._finite import claim_for
from arenafit.rewrites._sites import Site
from arenafit.rewrites.protocol import Claim, weakest
from arenafit.streaming import Geometry, Reduction


def claim_of(model: Model, geometries: Mapping[OpId, Geometry]) -> Claim:
    """Return what can be claimed when operators of `model`'s main graph are streamed by these geometries.

    A mean whose sum is divided by DIV is bounded by the largest finite number where its own kernel bounds nothing.
    """
    graph = model.main
    bounded = [op for op, found in geometries.items() if isinstance(found, Reduction) and found.divides_bounded]
    operands = [graph.inputs_of(model.ops[op])[0] for op in bounded]
    return weakest([claim_for(Site(model, 0), operand) for operand in operands if operand is not None])


def as_allowed(found: Iterable[Tiling], model: Model, *, exact_only: bool) -> Iterator[Tiling]:
    """Yield the options that may be taken, `exact_only`: without those that claim equality for finite values only."""
    for option in found:
        if not exact_only or claim_of(model, option.schedule.geometries) is Claim.BIT_EXACT:
            yield option
