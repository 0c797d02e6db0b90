"""`fit` with parts: cut where the parts balance, fit each on its own, and replay the hand-over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from arenafit.errors import ConfigError, UnsupportedModelError, VerificationError
from arenafit.fit.feeding.entry import demand_feedable
from arenafit.fit.feeding.frames import FRAMES_VERIFIED
from arenafit.fit.kept_state import begun_once, kept_in_tail
from arenafit.fit.parts.cuts import state_in
from arenafit.fit.parts.cutter import Cutter
from arenafit.fit.parts.memory import PartMemory, SharedArena, shared_arena
from arenafit.fit.parts.replay import Replay, replay
from arenafit.fit.progress import Progress
from arenafit.fit.run import FitResult, fit_bytes
from arenafit.fit.search.candidates import core
from arenafit.fit.settings import Settings
from arenafit.fit.verification_inputs import VERIFIED_INPUTS, frames_to_compare, verification_inputs
from arenafit.fit.verifiers import verifier
from arenafit.ir import Model, Tensor
from arenafit.rewrites.protocol import Claim, Validity, weakest
from arenafit.runtime.jobs import Inputs
from arenafit.tflite import read_bytes, write_bytes
from arenafit.tflm.footprints import footprint
from arenafit.units import ARENA_ALIGNMENT_BYTES
from arenafit.validity import demand

MOST_PARTS = 8
# With `auto`: a part more is worth it if the arena becomes smaller by so much, and no more are tried than that.
_WORTH, _MOST_TRIED = 0.05, 4
# How closely parts are looked at while the cuts are chosen: the share of the effort for one, and how many at most.
_SHARE_OF_A_LOOK, _LOOKS_PER_PART = 16, 8
# The same for a forecast, which has to be cheap.
_SHARE_OF_A_GLANCE, _GLANCES = 32, 6


@dataclass(frozen=True)
class FittedPart:
    """A part, fitted. It is operators `first` to `end` (excluded) of the main graph, as they stood in the original.

    `hands_over` is the tensor that the next part reads; None for the last.
    """

    first: int
    end: int
    fit: FitResult
    memory: PartMemory
    hands_over: Tensor | None


@dataclass(frozen=True)
class PartsResult:
    """The parts, what they take together, and what the real runtime said of them in a row.

    `before_bytes` is what the whole model needs as it came, `before_instructions` its estimated instructions,
    `instructions` those of all parts and of the hand-over.
    """

    settings: Settings
    parts: tuple[FittedPart, ...]
    shared: SharedArena
    replay: Replay
    claim: Claim
    before_bytes: int
    before_instructions: int
    instructions: int


@dataclass(frozen=True, slots=True)
class PartsForecast:
    """What cutting into `parts` would give, predicted and searched for briefly: a real fit may find less."""

    parts: int
    arena_bytes: int
    images_bytes: int


@dataclass(frozen=True, slots=True)
class _Job:
    """How each part is fitted and verified."""

    source: str
    settings: Settings
    report: Callable[[Progress], None]
    inputs: int


def fit_parts(
    content: bytes,
    source: str = "model",
    parts: int | None = None,
    settings: Settings | None = None,
    *,
    report: Callable[[Progress], None] = lambda _: None,
    inputs: int = VERIFIED_INPUTS,
) -> PartsResult:
    """Return the model of the file `content` cut into parts that are fitted one by one and run in one arena.

    Args:
        content: a ``.tflite`` file.
        source: its name, for messages.
        parts: how many; None: as many as are worth it.
        settings: goal and limits of each part's fit; a limit on the arena is one for the shared arena.
        report: called with the progress of each search.
        inputs: how many input sets the hand-over is replayed on, and each part is compared on.

    With `feed` in the settings the first part takes an input by rows.

    Raises:
        ModelFormatError: if `content` is no readable model.
        ConfigError: if `parts` is no number of parts, or no input has the name of the one to feed.
        UnsupportedModelError: if the model keeps state from frame to frame, cannot be cut so often or be fed by rows,
            or TFLM refuses it.
        VerificationError: if the parts in a row do not compute what the model does.
    """
    wanted = settings or Settings()
    if parts is not None and not 2 <= parts <= MOST_PARTS:
        raise ConfigError(f"a model is cut into 2 to {MOST_PARTS} parts, not {parts}")
    model = read_bytes(content, source)
    demand(model, wanted.target)
    if wanted.feed is not None:
        demand_feedable(model, wanted.feed.name, source)
        wanted = replace(wanted, validity=Validity.TFLM, feed=replace(wanted.feed, begun_anew=True))
    cutter = Cutter(model, wanted, wanted.steps // _SHARE_OF_A_LOOK, _LOOKS_PER_PART * (parts or _MOST_TRIED))
    _must_be_cuttable(model, source, len(cutter.ends) - 2, parts or 2)
    cuts = _worth_it(cutter) if parts is None else cutter.balance.cut(parts)
    made = _all_fitted(cutter, cuts, _Job(source, wanted, report, inputs))
    for number, part in enumerate(made, start=1):
        # What is fed by rows begins every frame anew: its state need not outlive the parts behind it.
        kept = partial(kept_in_tail, rewritten=True) if part.fit.feed is None else begun_once
        grown = kept(read_bytes(part.fit.content, source))
        if grown is not None:
            raise UnsupportedModelError(f"{source}, part {number} as it was fitted keeps state: {grown}")
    claim = weakest([part.fit.claim for part in made])
    with verifier(model=model) as judge:
        drawn = inputs_to_replay(model, inputs, wanted, fed=wanted.feed is not None)
        shown = replay(judge, content, [part.fit.content for part in made], drawn, claim)
    if shown.difference is not None:
        raise VerificationError(f"{source}: the parts in a row do not compute what the model does: {shown.difference}")
    handed = [part.hands_over.size_bytes for part in made if part.hands_over is not None]
    shared = shared_arena([part.memory for part in made], handed, core(wanted))
    return PartsResult(
        settings=wanted,
        parts=tuple(made),
        shared=shared,
        replay=shown,
        claim=claim,
        before_bytes=footprint(model, wanted.target).min_arena_bytes,
        before_instructions=sum(part.fit.steps[0].instructions for part in made),
        instructions=sum(part.fit.steps[-1].instructions for part in made) + shared.handover_instructions,
    )


def inputs_to_replay(model: Model, count: int, settings: Settings, *, fed: bool) -> Inputs:
    """Return what to replay the hand-over on; of a model whose first part is `fed` by rows whole frames, 24 or more."""
    if not fed:
        return verification_inputs(model, count, settings.seed, settings.samples)
    return frames_to_compare(model, max(count, FRAMES_VERIFIED), settings.seed, settings.samples)


def predicted_parts(model: Model, settings: Settings, counts: Sequence[int] = (2,)) -> tuple[PartsForecast, ...]:
    """Return what cutting `model` into parts would give, briefly searched for; nothing if it cannot be cut so."""
    if state_in(model) is not None:
        return ()
    cutter = Cutter(model, settings, settings.steps // _SHARE_OF_A_GLANCE, _GLANCES)
    found = []
    for parts in counts:
        if len(cutter.ends) - 2 >= parts - 1:
            cuts = cutter.balance.cut(parts)
            pairs = list(pairwise(cuts))
            if all(pair in cutter.memory for pair in pairs):
                shared = shared_arena([cutter.memory[pair] for pair in pairs], (), core(settings))
                found.append(PartsForecast(parts, shared.arena_bytes, shared.images_bytes))
    return tuple(found)


def _must_be_cuttable(model: Model, source: str, found: int, parts: int) -> None:
    state = state_in(model)
    if state is not None:
        raise UnsupportedModelError(
            f"{source}: cannot be cut into parts: {state}, and a part's memory is overwritten by the next;"
            " fit it as one file"
        )
    if found < parts - 1:
        raise UnsupportedModelError(
            f"{source}: cannot be cut into {parts} parts: there are {found} places where one tensor is alive"
        )


def _worth_it(cutter: Cutter) -> tuple[int, ...]:
    """Return the cuts into as few parts as give about the smallest arena."""
    cuts = cutter.balance.cut(2)
    for parts in range(3, min(_MOST_TRIED, len(cutter.ends) - 1) + 1):
        more = cutter.balance.cut(parts)
        if any(pair not in cutter.memory for pair in pairwise(more)):
            break
        if cutter.balance.largest(more) > (1 - _WORTH) * cutter.balance.largest(cuts):
            break
        cuts = more
    return cuts


def _all_fitted(cutter: Cutter, cuts: Sequence[int], job: _Job) -> list[FittedPart]:
    """Fit the part that is thought to be the largest first: the others need be no smaller, so they may be faster."""
    settings, pairs = job.settings, list(pairwise(cuts))
    made: dict[tuple[int, int], FittedPart] = {}
    for pair in sorted(pairs, key=lambda pair: cutter.memory[pair].arena_bytes if pair in cutter.memory else 0)[::-1]:
        mine = settings
        if made and settings.ram_bytes is None and settings.max_slowdown is None:
            mine = replace(mine, ram_bytes=max(part.memory.arena_bytes for part in made.values()))
        made[pair] = _fitted(cutter, pair, mine, f"{job.source}, part {pairs.index(pair) + 1}", job)
    if settings.ram_bytes is None and settings.max_slowdown is None:
        enough = max(part.memory.arena_bytes for part in made.values())
        for pair, part in made.items():
            if _could_be_faster(part, enough):
                mine = replace(settings, ram_bytes=enough)
                made[pair] = _fitted(cutter, pair, mine, f"{job.source}, part {pairs.index(pair) + 1}", job)
    return [made[pair] for pair in pairs]


def _could_be_faster(part: FittedPart, enough_bytes: int) -> bool:
    """Whether the part's own search met something faster that is small enough."""
    taken = part.fit.steps[-1]
    return any(
        choice.arena_bytes <= enough_bytes - ARENA_ALIGNMENT_BYTES and choice.instructions < taken.instructions
        for choice in part.fit.front
    )


def _fitted(cutter: Cutter, pair: tuple[int, int], settings: Settings, name: str, job: _Job) -> FittedPart:
    """Fit a part; a limit on the arena is one on both of its arenas, which may be a little more than one alone."""
    limit = settings.ram_bytes
    if limit is None:
        return _fitted_once(cutter, pair, settings, name, job)
    made = _fitted_once(cutter, pair, replace(settings, ram_bytes=max(0, limit - ARENA_ALIGNMENT_BYTES)), name, job)
    alone = made.fit.steps[-1].predicted_bytes
    if made.memory.arena_bytes <= limit or alone > limit:
        return made
    within = max(0, limit - (made.memory.arena_bytes - alone))
    return _fitted_once(cutter, pair, replace(settings, ram_bytes=within), name, job)


def _fitted_once(cutter: Cutter, pair: tuple[int, int], settings: Settings, name: str, job: _Job) -> FittedPart:
    first, end = pair
    mine = settings if first == 0 else replace(settings, samples=(), feed=None)
    result = fit_bytes(write_bytes(cutter.model(first, end)), name, mine, report=job.report, inputs=job.inputs)
    memory = PartMemory.of(footprint(read_bytes(result.content, name), settings.target))
    close = cutter.ends[end]
    handed = None if close is None else close.tensor
    return FittedPart(cutter.position(first), cutter.position(end), result, memory, handed)
