"""Delays: which row of each tensor of a segment the first trip makes."""

from collections.abc import Mapping

from arenafit.ir import Op, TensorId
from arenafit.ops.rows import least_lead, next_lead
from arenafit.streaming.segment import Rates, Segment, grain


def first_rows(segment: Segment, rates: Rates, phase: int, *, lazy: bool) -> dict[TensorId, int]:
    """Return the row of each tensor made inside that trip 0 makes: as early as can be or, `lazy`, as late as may be.

    `phase` delays the first operators by that many rows.
    """
    made = {op.outputs[0] for op in segment.ops}
    grains = {op.outputs[0]: grain(segment, op, rates) if segment.upsamples else 1 for op in segment.ops}
    leads: dict[TensorId, int] = {}
    free: set[TensorId] = set()
    for op in segment.ops:
        found = segment.geometries[op.id]
        inner = [operand for operand in segment.streamed[op.id] if operand in made]
        bound = [operand for operand in inner if operand not in free]
        output = op.outputs[0]
        if not bound:
            free.add(output)
            lead = min((next_lead(found, leads[operand]) for operand in inner), default=-phase)
        else:
            lead = min(next_lead(found, leads[operand]) for operand in bound)
            free -= set(inner)
        leads[output] = lead // grains[output] * grains[output]
        if len(free) == 1 and output in free and not inner and len(leads) == 1:
            free.clear()  # the first operator sets the pace
    users: dict[TensorId, list[Op]] = {}
    for op in segment.ops:
        for operand in segment.streamed[op.id]:
            users.setdefault(operand, []).append(op)
    outside = set(segment.outputs)
    for op in reversed(segment.ops):
        output = op.outputs[0]
        readers = users.get(output, [])
        fetched = not any(operand in made for operand in segment.streamed[op.id])
        if output in outside or not readers or not (lazy or fetched or output in free):
            continue
        latest = max(least_lead(segment.geometries[reader.id], leads[reader.outputs[0]]) for reader in readers)
        leads[output] = min(leads[output], -(-latest // grains[output]) * grains[output])
    _repair(segment, made, leads, grains)
    return leads


def _repair(segment: Segment, made: set[TensorId], leads: dict[TensorId, int], grains: Mapping[TensorId, int]) -> None:
    """Delay operators whose operands turned out to come later than planned."""
    for op in segment.ops:
        found = segment.geometries[op.id]
        output = op.outputs[0]
        limits = [next_lead(found, leads[operand]) for operand in segment.streamed[op.id] if operand in made]
        leads[output] = min([leads[output], *limits]) // grains[output] * grains[output]
