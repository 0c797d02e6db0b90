"""`fit`: search, verify the winner in the real TFLM, fall back to the next if it fails, and say what was done."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import cycle, islice

from arenafit.errors import ConfigError, UnsupportedModelError, VerificationError
from arenafit.fit.feeding.entry import NO_LOOP, demand_feedable, demand_whole_inputs
from arenafit.fit.feeding.frames import FRAMES_VERIFIED, frames_of
from arenafit.fit.over_memories import Spread, spread, spreads
from arenafit.fit.progress import Progress
from arenafit.fit.provenance import stamped
from arenafit.fit.search.candidates import Candidate, build, conflict, core, in_order, stream
from arenafit.fit.search.driver import Search
from arenafit.fit.search.fallback_costs import roughly_counted
from arenafit.fit.settings import TFLM_WITH_PLANNED_LOOPS, Settings
from arenafit.fit.steps import Step, trail
from arenafit.fit.verdict import Verdict
from arenafit.fit.verification_inputs import INPUTS_OF_STREAMS, VERIFIED_INPUTS, frames_to_compare, verification_inputs
from arenafit.fit.verifiers import verifier
from arenafit.fit.verify import Verifier
from arenafit.ir import Feed, Model
from arenafit.memories import MemoryPlan
from arenafit.rewrites.protocol import Claim, Validity
from arenafit.rewrites.state_in_head import NAME as STATE_IN_HEAD
from arenafit.rewrites.state_in_head import PLAIN_NAME as PLAIN_STATE_IN_HEAD
from arenafit.runtime import GeneratedInputs, Refusal
from arenafit.runtime.jobs import Inputs
from arenafit.streaming import Stores
from arenafit.tflite import read_bytes, write_bytes
from arenafit.validity import Finding, demand, diagnose, disagreeing
from arenafit.validity.usual import TFLM_WITH_LOOPS

# Models run at once: the one before and the one after, or two steps.
_MOST_RUNS = 2


@dataclass(frozen=True, slots=True)
class Defect:
    """A candidate that did not compute what the original does: a defect of arenafit, kept as a reproducer.

    One that could not even be made has no `content`, and the error as its `difference`.
    """

    content: bytes
    difference: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FrontPoint:
    """One point of the front: no other candidate is better in both figures (predicted)."""

    arena_bytes: int
    instructions: int
    steps: tuple[str, ...]
    fast_bytes: int | None = None  # over several memories: what is taken of the fastest
    cycles: int | None = None  # over several memories: instructions, and what words in slower ones take more


@dataclass(frozen=True, slots=True)
class _Original:
    content: bytes
    model: Model


@dataclass(frozen=True)
class FitResult:
    """The fitted model and how it came about. `steps[0]` is the original."""

    content: bytes
    settings: Settings
    steps: tuple[Step, ...]
    verdict: Verdict
    front: tuple[FrontPoint, ...]
    defects: tuple[Defect, ...]
    candidates: int
    seconds: float
    steps_searched: int  # the work counted, see `Settings.effort`
    why_stopped: str
    verified_front: tuple[tuple[FrontPoint, bytes], ...]  # what was verified of the front, if all of it was asked for
    other_validity_bytes: int | None  # predicted for the same rewrites at the other level of validity
    claim: Claim = Claim.BIT_EXACT  # what holds of the outputs
    roughly_counted: tuple[str, ...] = ()  # operators whose instructions nobody measured, before or after
    memories: MemoryPlan | None = None  # where its buffers lie, if several memories were named
    feed: Feed | None = None  # how the fitted model is to be fed, if by rows
    findings: tuple[Finding, ...] = ()  # what is wrong with the original, although TFLM runs it
    models: tuple[Model, ...] = ()  # the model after each step; the first is the original
    faults: tuple[Finding, ...] = ()  # where the target's kernels are known to compute something else, after the fit

    @property
    def needs_tflm(self) -> str | None:
        """The month from which on TFLM has the operators that loops and state in the head need; None without these."""
        looped = any(step.rewrite in ("streaming", "rows", STATE_IN_HEAD) for step in self.steps)
        if not looped:
            return None
        if self.settings.stores is Stores.UPDATE:
            return TFLM_WITH_LOOPS
        return None if self.settings.one_reading else TFLM_WITH_PLANNED_LOOPS

    @property
    def improved(self) -> bool:
        """Whether the fitted model is predicted to need a smaller arena than the original."""
        return self.steps[-1].predicted_bytes < self.steps[0].predicted_bytes


def fit_bytes(
    content: bytes,
    source: str = "model",
    settings: Settings | None = None,
    *,
    report: Callable[[Progress], None] = lambda _: None,
    inputs: int = VERIFIED_INPUTS,
    whole_front: bool = False,
) -> FitResult:
    """Return the model of the file `content` rewritten to need less arena, verified.

    Args:
        content: a ``.tflite`` file.
        source: its name, for messages.
        settings: goal and limits; by default the smallest arena.
        report: called with the search's progress.
        inputs: how many input sets to compare outputs on.
        whole_front: verify every choice of the front, and return those that pass.

    Raises:
        ConfigError: if rows are to be fed and loops are forbidden.
        ModelFormatError: if `content` is no readable model.
        UnsupportedModelError: if TFLM refuses the model, or an operator's memory is not known.
        VerificationError: if not even the original compares equal to itself (outputs that depend on nothing we set).
    """
    wanted = settings or Settings()
    model = read_bytes(content, source)
    demand_whole_inputs(model, source)
    findings = demand(model, wanted.target)
    if wanted.feed is not None:
        if not wanted.rolls:
            raise ConfigError("--feed rows takes a loop whose rows the application gives: leave --loops unrolled out")
        demand_feedable(model, wanted.feed.name, source)
    drawn = _drawn(model, inputs, wanted)
    with verifier(min(wanted.jobs, _MOST_RUNS), model=model, older=wanted.older) as judge:
        _must_run(content, source, judge)
        findings = (*disagreeing(judge.disagreement(content)), *findings)
        search = Search(model, wanted, report)
        ranked = search.run()
        as_it_came = search.found[0]
        stock = in_order(as_it_came, wanted)
        ranked = [stock if one is as_it_came else one for one in ranked]
        # A candidate that fails must leave the user neither with more than the original needs, nor with nothing.
        offered = [one for one in ranked if one.arena_bytes <= stock.arena_bytes or wanted.feed is not None]
        over = {id(one.candidate): one for one in spreads(offered, wanted)} if wanted.regions else {}
        offered = [one.candidate for one in over.values()] if wanted.regions else offered
        may_stay = wanted.feed is not None or bool(wanted.regions)
        usable = offered if may_stay or any(one is stock for one in offered) else [*offered, stock]
        if not usable:
            raise UnsupportedModelError(f"{source}: {NO_LOOP}")
        search.tell("running the model before and after")
        chosen, verdict, defects = _first_verified(_Original(content, model), usable, wanted, judge, drawn)
        search.tell("measuring each step")
        steps, models = trail(model, chosen, wanted, judge)
        steps = (replace(steps[0], flash_bytes=len(content)), *steps[1:])  # the file as it came, not as written again
        marked = [_marked(one, _Original(content, model), wanted) for one in offered] if whole_front else []
        front = _verified_front(content, marked, wanted, judge, drawn) if whole_front else ()
    return FitResult(
        content=content if chosen.priced.model == model else write_bytes(chosen.priced.model),
        settings=wanted,
        steps=steps,
        models=models,
        verdict=verdict,
        front=tuple(_choice(one, over.get(id(one))) for one in sorted(offered, key=lambda item: item.arena_bytes)),
        defects=(*defects, *(Defect(b"", failure, ()) for failure in dict.fromkeys(search.failed))),
        candidates=len(search.found),
        seconds=search.elapsed,
        steps_searched=search.work.spent,
        why_stopped=search.why_stopped(chosen),
        verified_front=front,
        other_validity_bytes=_at_other_validity(chosen, wanted),
        claim=chosen.claim,
        feed=chosen.feed,
        memories=spread(chosen, wanted).plan if wanted.regions else None,
        roughly_counted=roughly_counted((model, chosen.priced.model), core(wanted)),
        findings=findings,
        faults=tuple(item for item in diagnose(chosen.priced.model, wanted.target) if item.kind == "fault"),
    )


def _at_other_validity(chosen: Candidate, settings: Settings) -> int | None:
    if chosen.recipe is None or settings.feed is not None:
        return None
    other = Validity.TFLM if settings.validity is Validity.TFLITE else Validity.TFLITE
    there = replace(settings, validity=other)
    recipe = replace(chosen.recipe, writing=replace(chosen.recipe.writing, stores=there.stores))
    found = build(stream(recipe, there), there, recipe).arena_bytes
    # What is valid for TFLite is valid for TFLM: however briefly that was planned, it needs no more.
    return min(found, chosen.arena_bytes) if other is Validity.TFLM else found


def _verified_front(
    content: bytes, ranked: list[Candidate], settings: Settings, judge: Verifier, inputs: Inputs
) -> tuple[tuple[FrontPoint, bytes], ...]:
    found = []
    for candidate in sorted(ranked, key=lambda item: item.arena_bytes):
        written = write_bytes(candidate.priced.model)
        clash = conflict(candidate.priced.model, settings) if candidate.stages else None
        desktop = settings.validity is Validity.TFLITE
        drawn = _inputs_for(candidate, inputs)
        if clash is None and _compared(judge, content, written, drawn, candidate, desktop=desktop).accepted:
            found.append((_choice(candidate), written))
    return tuple(found)


def _must_run(content: bytes, source: str, judge: Verifier) -> None:
    found = judge.measure(content)
    if isinstance(found, Refusal):
        raise UnsupportedModelError(f"{source}: TFLM refuses the model as it is ({found.stage.value}): {found.reason}")


def _marked(candidate: Candidate, original: _Original, settings: Settings) -> Candidate:
    """Return the candidate whose file says who made it; a model that stays as it came says nothing."""
    if candidate.priced.model == original.model:
        return candidate
    model = stamped(candidate.priced.model, original.content, settings)
    return replace(candidate, priced=replace(candidate.priced, model=model))


def _first_verified(
    original: _Original, ranked: list[Candidate], settings: Settings, judge: Verifier, inputs: Inputs
) -> tuple[Candidate, Verdict, list[Defect]]:
    defects: list[Defect] = []
    desktop = settings.validity is Validity.TFLITE
    for unmarked in ranked:
        candidate = _marked(unmarked, original, settings)
        written = write_bytes(candidate.priced.model)
        notes = tuple(stage.move.note for stage in candidate.stages)
        # What the plan leaves no safe room for with some kernels is no candidate; nothing was computed wrongly.
        if candidate.stages and conflict(candidate.priced.model, settings) is not None:
            continue
        drawn = _inputs_for(candidate, inputs)
        verdict = _compared(judge, original.content, written, drawn, candidate, desktop=desktop)
        if verdict.accepted:
            return candidate, verdict, defects
        defects.append(Defect(written, verdict.difference or "", notes))
    raise VerificationError(
        f"none of {len(defects)} candidates that were run computes what the model does; the first difference: "
        + (defects[0].difference if defects else "none, as memory is not safe with every kernel library")
    )


def _compared(
    judge: Verifier, content: bytes, written: bytes, drawn: Inputs, candidate: Candidate, *, desktop: bool
) -> Verdict:
    fed = None if candidate.feed is None else frames_of(candidate.priced.model)
    return judge.verify(content, written, drawn, claim=candidate.claim, desktop=desktop, fed=fed)


def _drawn(model: Model, count: int, settings: Settings) -> Inputs:
    """Return the inputs to compare on: of a model that is fed by rows frames, as the original takes them, whole."""
    if settings.feed is None:
        return verification_inputs(model, count, settings.seed, settings.samples)
    return frames_to_compare(model, max(count, FRAMES_VERIFIED), settings.seed, settings.samples)


def _inputs_for(candidate: Candidate, inputs: Inputs) -> Inputs:
    """Return the inputs to run: state that stays from Invoke to Invoke must have gone round often."""
    if not any(stage.move.rewrite in (STATE_IN_HEAD, PLAIN_STATE_IN_HEAD) for stage in candidate.stages):
        return inputs
    if isinstance(inputs, GeneratedInputs):
        return replace(inputs, count=max(inputs.count, INPUTS_OF_STREAMS))
    return tuple(islice(cycle(inputs), max(len(inputs), INPUTS_OF_STREAMS)))


def _choice(candidate: Candidate, over: Spread | None = None) -> FrontPoint:
    notes = tuple(stage.move.note for stage in candidate.stages)
    if over is None:
        return FrontPoint(candidate.arena_bytes, candidate.instructions, notes)
    return FrontPoint(candidate.arena_bytes, candidate.instructions, notes, over.fast_bytes, over.cycles)
