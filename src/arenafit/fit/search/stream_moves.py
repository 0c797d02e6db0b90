"""What streaming a segment is called among the steps of a fit."""

from arenafit.fit.claims import claim_of
from arenafit.fit.search.tilings import Tiling
from arenafit.ir import Model
from arenafit.rewrites.protocol import Move


def stream_move(model: Model, option: Tiling) -> Move:
    """Return the move on `model` that an option stands for."""
    ops = option.schedule.ops
    claim = claim_of(model, option.schedule.geometries)
    names = ops[0].name if len(ops) == 1 else f"{ops[0].name} to {ops[-1].name} ({len(ops)} operators)"
    trips = option.schedule.trips
    if option.stripes is not None:
        kept = "kept" if option.stripes.form.keeps else "computed again"
        return Move(
            "unrolling",
            tuple(op.id for op in ops),
            (("rows", str(option.rows)), ("trips", trips), ("shared rows", kept)),
            claim=claim,
            note=f"{names} streamed, {trips} stripes unrolled",
        )
    rows = f"{option.rows} row{'s' if option.rows > 1 else ''} at a time"
    if option.rows < 1:
        rows = f"1 row in {option.rows.denominator} trips"
    return Move(
        "streaming",
        tuple(op.id for op in ops),
        (("rows", str(option.rows)), ("phase", option.phase), ("trips", trips)),
        claim=claim,
        note=f"{names} streamed, {rows}",
    )
