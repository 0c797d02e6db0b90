"""`plan`: a better layout and order for a model whose operators stay as they are, proved like a fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from arenafit.errors import DataError, UnsupportedModelError, VerificationError
from arenafit.fit.feeding.entry import demand_whole_inputs
from arenafit.fit.verdict import Verdict
from arenafit.fit.verification_inputs import VERIFIED_INPUTS, verification_inputs
from arenafit.fit.verifiers import verifier
from arenafit.ir import Editor, Model, TensorId
from arenafit.layout import Hints, LayoutEffort, LayoutRules, Scratch, choose_layout, sharing_bound_bytes
from arenafit.layout.alignment import vector_tensors
from arenafit.layout.scratch_check import scratch_conflicts
from arenafit.planning.minimalloc_csv import read as read_csv
from arenafit.planning.minimalloc_csv import render as render_csv
from arenafit.planning.offsets import plan_at
from arenafit.planning.problem import BufferId, Plan
from arenafit.planning.trace import chrome_trace
from arenafit.planning.validate import validate
from arenafit.planning.work import Work
from arenafit.rewrites.reorder import best_order
from arenafit.runtime import Refusal
from arenafit.targets.target import Target
from arenafit.tflite import read_bytes, write_bytes
from arenafit.tflite.variable_entries import with_memory_for_variables
from arenafit.tflm.footprints import Footprint, footprint
from arenafit.tflm.kernel_requests import ask
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up
from arenafit.validity import demand, diagnose

Effort = Literal["fast", "default", "exact"]

# (rounds of placement, choices of sharing looked at, most steps for each order)
_EFFORTS: Mapping[Effort, tuple[int, int, int]] = {
    "fast": (60, 0, 300_000),
    "default": (120, 40, 1_000_000),
    "exact": (400, 400, 60_000_000),
}


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A model with the plan found for it. `bound_bytes`: no head is lower in this order, sharing made use of."""

    model: Model
    footprint: Footprint
    bound_bytes: int
    how: str
    seconds: float

    @property
    def gap(self) -> float:
        """How much higher than the bound the head is, as a fraction of the bound."""
        return max(0.0, self.footprint.head_bytes / self.bound_bytes - 1) if self.bound_bytes else 0.0


@dataclass(frozen=True, slots=True)
class PlanResult:
    """The model written, the footprints before and after, and what the real runtime said."""

    content: bytes
    before: Footprint
    after: LaidOut
    verdict: Verdict


def plan_layout(
    model: Model,
    target: Target,
    *,
    effort: Effort = "default",
    rules: LayoutRules | None = None,
    reorder: bool = True,
    work: Work | None = None,
) -> LaidOut:
    """Return `model` in the order and with the offline plan, or none, that need the smallest arena on `target`.

    A plan that came with the model stays if none is found that is better.

    Args:
        model: the model; its own offline plan is replaced.
        target: what to price for.
        effort: how hard to search.
        rules: what may share memory; a library in it is the target's.
        reorder: look for a better order of the operators.
        work: counts the steps taken, besides the allowance of the effort.

    Raises:
        UnsupportedModelError: if an operator's kernel is not known, so that no exact price exists.
    """
    allowed = work or Work()
    bare = _with_plan(model, None)
    rooms = scratch_rooms(bare, target)
    scratch = {room.op: room.size_bytes for room in rooms}
    orders = [(bare, "")]
    other = best_order(bare, scratch) if reorder else None
    if other is not None:
        orders.append((other, "other order, "))
    best = LaidOut(bare, footprint(bare, target), 0, "planned at run time", 0.0)
    bounds: list[int] = []
    for ordered, how in orders:
        found = footprint(ordered, target)
        if _rank(found) < _rank(best.footprint):
            best = LaidOut(ordered, found, 0, f"{how}planned at run time", 0.0)
        rounds, tries, steps = _EFFORTS[effort]
        chosen = choose_layout(
            ordered,
            rooms,
            hints=Hints(aligned=vector_tensors(ordered, target.kernels)),
            rules=rules,
            effort=LayoutEffort(rounds, tries),
            work=allowed.part(steps),
        )
        bounds.append(chosen.bound_bytes)
        planned = _with_plan(ordered, chosen.layout.offsets_bytes)
        libraries = None if rules is None or rules.kernel_library is None else (rules.kernel_library,)
        price = footprint(planned, target)
        if _rank(price) < _rank(best.footprint) and not any(scratch_conflicts(planned, target, libraries)):
            best = LaidOut(planned, price, 0, f"{how}offline plan", 0.0)
    own = footprint(model, target)
    if _rank(own) < _rank(best.footprint):
        best = LaidOut(model, own, 0, "the model's own plan", 0.0)
    return LaidOut(best.model, best.footprint, min(bounds), best.how, allowed.elapsed)


def plan_bytes(
    content: bytes,
    name: str,
    target: Target,
    *,
    effort: Effort = "default",
    rules: LayoutRules | None = None,
    inputs: int = VERIFIED_INPUTS,
) -> PlanResult:
    """Return the model in `content` with the best layout found; arguments as for `plan_layout`.

    Raises:
        ModelFormatError: if the file is no readable model.
        UnsupportedModelError: if TFLM refuses the model, or an operator's memory is not known.
        VerificationError: if the result does not compute what the model does, which is a defect.
    """
    model = read_bytes(content, name)
    demand_whole_inputs(model, name)
    _must_run(model, content, name, target)
    before = footprint(model, target)
    after = plan_layout(model, target, effort=effort, rules=rules)
    written = write_bytes(after.model)
    with verifier(model=model) as checked:
        verdict = checked.verify(content, written, verification_inputs(model, inputs))
    if not verdict.accepted:
        raise VerificationError(f"{name}: the planned model differs, a defect of arenafit: {verdict.difference}")
    return PlanResult(written, before, after, verdict)


def _must_run(model: Model, content: bytes, name: str, target: Target) -> None:
    """Ask TFLM about a model that the diagnosis objects to: a plan stands and falls with what TFLM itself makes of it.

    Raises:
        UnsupportedModelError: if TFLM refuses the model.
        RefusedModelError: if it runs, and computes something else than the model means, or cannot be asked.
    """
    objection = next((finding for finding in diagnose(model, target) if finding.stops), None)
    if objection is None:
        return
    with verifier(model=model) as asked:
        found = asked.measure(content)
    if isinstance(found, Refusal):
        raise UnsupportedModelError(
            f"{name}: TFLM refuses the model as it is ({found.stage.value}): {objection.sentence}"
        )
    demand(model, target)


def import_plan(content: bytes, name: str, target: Target, csv: Path, *, inputs: int = VERIFIED_INPUTS) -> PlanResult:
    """Return the model in `content` with the offsets that `csv` has for the buffers `exported_csv` lists.

    Raises:
        ModelFormatError: if the file is no readable model.
        UnsupportedModelError: if TFLM refuses the model, or an operator's memory is not known.
        DataError: if the file is no such CSV, lacks offsets, or was not made for this model.
        PlanError: if buffers collide.
        VerificationError: if the result does not compute what the model does.
    """
    model = read_bytes(content, name)
    demand_whole_inputs(model, name)
    before = footprint(model, target)
    found = read_csv(csv, alignment_bytes=ARENA_ALIGNMENT_BYTES)
    unplanned = footprint(_with_plan(model, None), target)
    names = [str(buffer.id) for buffer in unplanned.problem.buffers]
    if found.plan is None or sorted(found.names.values()) != sorted(names):
        raise DataError(f"{csv}: it has no offsets for exactly the buffers 0 to {len(names) - 1} of the model")
    offsets = {BufferId(int(found.names[key])): offset for key, offset in found.plan.offsets_bytes.items()}
    validate(unplanned.problem, plan_at(unplanned.problem, offsets))
    tensors = [(placed.buffer.tensor, offsets[BufferId(index)]) for index, placed in enumerate(unplanned.plan)]
    planned = _with_plan(model, {tensor: offset for tensor, offset in tensors if tensor is not None})
    written = write_bytes(planned)
    with verifier(model=model) as checked:
        verdict = checked.verify(content, written, verification_inputs(model, inputs))
    if not verdict.accepted:
        raise VerificationError(f"{name}: the planned model differs: {verdict.difference}")
    after = LaidOut(planned, footprint(planned, target), head_bound_bytes(model, target), f"plan of {csv}", 0.0)
    return PlanResult(written, before, after, verdict)


def exported_csv(found: Footprint) -> str:
    """Return the buffers of the head and their offsets as MiniMalloc's CSV; buffers are numbered as TFLM sees them."""
    return render_csv(found.problem, _plan_of(found))


def exported_trace(found: Footprint) -> str:
    """Return the plan of the head in Chrome's trace event format, with the names of tensors and operators."""
    names = {BufferId(index): placed.buffer.what for index, placed in enumerate(found.plan)}
    return chrome_trace(found.problem, _plan_of(found), buffers=names)


def _plan_of(found: Footprint) -> Plan:
    offsets = {BufferId(index): placed.offset_bytes for index, placed in enumerate(found.plan)}
    return Plan(offsets, found.head_bytes)


def _rank(found: Footprint) -> tuple[int, int]:
    # Where preparing the model needs the most, a lower head still serves those who keep it in a memory of its own.
    return found.min_arena_bytes, found.head_bytes


def head_bound_bytes(model: Model, target: Target) -> int:
    """Return the bytes below which no head of `model` can be on `target`, its order kept and sharing made use of."""
    return sharing_bound_bytes(model, scratch_rooms(model, target))


def scratch_rooms(model: Model, target: Target) -> list[Scratch]:
    """Return the scratch space of each operator that asks for some."""
    asked = ((item.op.id, item.scratches_bytes) for item in ask(model, target).ops)
    return [Scratch(op, sum(align_up(size, ARENA_ALIGNMENT_BYTES) for size in sizes)) for op, sizes in asked if sizes]


def _with_plan(model: Model, offsets_bytes: Mapping[TensorId, int] | None) -> Model:
    editor = Editor(model)
    editor.set_offline_plan(offsets_bytes)
    return with_memory_for_variables(editor.build())
