"""All ways to stream segments of a model that the user allows: rolled loops, and unrolled into few trips."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

from arenafit.fit.claims import as_allowed
from arenafit.fit.search.rates import NODE_TAIL_BYTES, TENSOR_TAIL_BYTES
from arenafit.fit.search.tilings import LONGEST_SEGMENT, Ground, Rows, Tiling, loops_of_segment, runs
from arenafit.fit.settings import Settings
from arenafit.ir import Graph, Model, OpId, TensorId
from arenafit.layout import live_profile
from arenafit.planning.work import Work
from arenafit.rewrites.protocol import Validity
from arenafit.streaming import Form, Schedule, Segment, Stores, Stripes, make_stripes, stores_all
from arenafit.streaming.loop.estimation import estimate
from arenafit.streaming.schedule import Line
from arenafit.streaming.unrolled.estimation import clones_tail_bytes, estimate_straight
from arenafit.targets.target import Abi

TRIPS = (2, 3, 4, 6, 8)
MOST_CLONES = 64
# Segments that hold less than this share of the peak are left alone: clones cost more tail than loops.
_SHARE_OF_PEAK = 0.5
_HARDLY_MORE = 1.05
_UNROLLED_VARIED = 8
# What it counts for to look at a segment, and to cut and estimate a clone.
_STEPS_PER_SEGMENT, _STEPS_PER_CLONE = 100, 300


@dataclass(frozen=True, slots=True)
class Listing:
    """Options of one kind, of runs of so many operators; with `touching` of those that hold one of these."""

    unrolled: bool
    length: int
    touching: frozenset[OpId] | None = None


Listed = tuple[Tiling, ...]


def listings(
    model: Model, settings: Settings, touching: frozenset[OpId] | None = None, *, unrolled: bool
) -> Iterator[Listing]:
    """Yield what lists, one after another, every loop that `settings` allow, or all that they allow to be unrolled."""
    longest = min(LONGEST_SEGMENT, len(model.main.ops), MOST_CLONES // TRIPS[0] if unrolled else LONGEST_SEGMENT)
    if settings.unrolls if unrolled else settings.rolls:
        yield from (Listing(unrolled, length, touching) for length in range(1, longest + 1))


def listed(ground: Ground, live: Sequence[int], settings: Settings, listing: Listing, work: Work) -> Listed:
    """Return the options of a listing that hold less than their operators do unstreamed: the others lower nothing.

    Args:
        ground: the model.
        live: bytes that live at each of its operators as it stands.
        settings: what the user asks for.
        listing: which options.
        work: counts the steps that takes.
    """
    kind = _unrolled if listing.unrolled else _loops
    found: list[Tiling] = []
    for start, segment in runs(ground, listing.length, touching=listing.touching):
        run = _Run(ground, segment, start, max(live[start : start + listing.length]))
        found += as_allowed(kind(run, settings, max(live), work), ground.model, exact_only=settings.exact_only)
    return tuple(found)


def enumerate_tilings(
    model: Model, settings: Settings, *, touching: Collection[OpId] | None = None, fed: TensorId | None = None
) -> Iterator[Tiling]:
    """Yield every tiling that `settings` allow and that lowers something, loops and unrolled ones.

    With `touching` only runs that hold one of these operators; rows of `fed` come from the application.
    """
    ground, work = Ground(model, fed), Work()
    profile = live_profile(model, keep_inputs=settings.keep_inputs)
    live = [profile[op.id] for op in model.main.ops]
    where = None if touching is None else frozenset(touching)
    for listing in (item for kind in (False, True) for item in listings(model, settings, where, unrolled=kind)):
        yield from listed(ground, live, settings, listing, work)


@dataclass(frozen=True, slots=True)
class _Run:
    """A segment at a position, with the most that lives in it as it stands."""

    ground: Ground
    segment: Segment
    start: int
    most_bytes: int


def _loops(run: _Run, settings: Settings, _: int, work: Work) -> Iterator[Tiling]:
    cost_of = partial(estimate, as_views=settings.validity is Validity.TFLM, stores=settings.stores)
    wanted = Rows(cost_of=cost_of, below_bytes=run.most_bytes)
    for option in loops_of_segment(run.ground, run.segment, run.start, wanted, work):
        if settings.stores is Stores.UPDATE or stores_all(run.ground.graph, option.schedule):
            yield option


def rolled_and_all(known: Sequence[Tiling]) -> Sequence[Sequence[Tiling]]:
    """Return what to select segments from: loops alone, then all; once where there is only one kind."""
    rolled = [option for option in known if option.stripes is None]
    return (rolled, known) if 0 < len(rolled) < len(known) else (known,)


def worth_varying(near: Sequence[Tiling], chosen: Sequence[Tiling]) -> list[Tiling]:
    """Return the loops among the options near a chosen one, and of the many unrolled ones the few that promise most.

    Those that need hardly more memory than what is chosen, the smallest with their clones' tail first.
    """
    highest = max((item.live_bytes for item in chosen), default=0)
    rolled = [option for option in near if option.stripes is None]
    striped = [option for option in near if option.stripes is not None and option.live_bytes <= _HARDLY_MORE * highest]
    striped.sort(key=lambda option: max(option.live_bytes, highest) + option.estimate.tail_bytes)
    return [*rolled, *striped[:_UNROLLED_VARIED]]


def _unrolled(run: _Run, settings: Settings, peak_bytes: int, work: Work) -> Iterator[Tiling]:
    """Yield the ways to unroll a run that holds much."""
    work.spend(_STEPS_PER_SEGMENT)
    if run.most_bytes < _SHARE_OF_PEAK * peak_bytes or run.ground.fed in run.segment.sources:
        return
    end = run.start + len(run.segment.ops)
    through = run.ground.spans.through_bytes(run.ground.graph, run.start, end)
    for option in _stripes_of_segment(
        run.ground.graph, run.segment, (run.start, end), (through, run.most_bytes), settings
    ):
        work.spend(_STEPS_PER_CLONE * len(run.segment.ops) * len(option.stripes.trips if option.stripes else ()))
        yield option


def _stripes_of_segment(
    graph: Graph, segment: Segment, run: tuple[int, int], beside: tuple[int, int], settings: Settings
) -> Iterator[Tiling]:
    """Yield the ways to unroll a segment, for each number of trips those that no other beats in memory and work.

    Args:
        graph: the main graph.
        segment: the segment.
        run: its first operator in the schedule, and the end.
        beside: bytes that live through it without being read in it; the most that live in it as it stands.
        settings: what the user asks for.
    """
    through, most = beside
    height = graph.tensor(segment.ops[-1].outputs[0]).shape[segment.axis]
    # Whatever an option saves is above its sources and its output.
    whole = max(graph.tensor(tensor).size_bytes for tensor in (*segment.sources, *segment.outputs))
    clone_bytes = clones_tail_bytes(graph, segment.ops, narrow=settings.target.abi is not Abi.LP64)
    for rows in dict.fromkeys(-(-height // trips) for trips in TRIPS):
        count = -(-height // rows)
        tail = (count - 1) * clone_bytes
        if not 2 <= count <= MOST_CLONES // len(segment.ops) or tail >= most - through - whole:
            continue
        best: list[tuple[tuple[float, ...], Tiling]] = []
        for stripes in _written(graph, segment, rows, as_views=settings.validity is Validity.TFLM):
            cost = estimate_straight(
                graph,
                stripes,
                as_views=settings.validity is Validity.TFLM,
                keep_inputs=settings.keep_inputs,
            )
            live = through + cost.live_bytes
            if live + tail >= most:
                continue
            option = Tiling(*run, Fraction(rows), 0, _as_schedule(graph, stripes), cost, live, stripes)
            rank = (
                live,
                TENSOR_TAIL_BYTES * cost.tensors + NODE_TAIL_BYTES * cost.nodes + cost.tail_bytes,
                _work(stripes),
            )
            if not any(all(one <= other for one, other in zip(known, rank, strict=True)) for known, _ in best):
                best.append((rank, option))
        yield from (option for _, option in best)


def _written(graph: Graph, segment: Segment, rows: int, *, as_views: bool) -> Iterator[Stripes]:
    """Yield the segment in every form that differs from those before."""
    again = make_stripes(graph, segment, rows, Form(cuts=as_views))
    if again is None:
        return
    yield again
    kept = make_stripes(graph, segment, rows, Form(keeps=True, cuts=as_views))
    # Where no row is read twice, it does not matter what becomes of it.
    if kept is not None and kept.trips != again.trips:
        yield kept
        yield replace(kept, form=replace(kept.form, slides=True))
    for known in (again, kept):
        if known is not None and known.wastes:
            padded = make_stripes(graph, segment, rows, replace(known.form, most_waste=Fraction(0)))
            if padded is not None:
                yield padded


def _work(stripes: Stripes) -> float:
    return float(sum(stripes.made_rows(op.id) for op in stripes.segment.ops))


def _as_schedule(graph: Graph, stripes: Stripes) -> Schedule:
    """Return the stripes as a schedule, as far as an option needs it: operators, trips, and rows made a trip."""
    segment, trips = stripes.segment, len(stripes.trips)
    lines = {
        op.outputs[0]: Line(
            -(-stripes.made_rows(op.id) // trips), 0, 0, graph.tensor(op.outputs[0]).shape[segment.axis]
        )
        for op in segment.ops
    }
    return Schedule(segment.axis, segment.ops, trips, lines, (), segment.outputs, segment.geometries)
