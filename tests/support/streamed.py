"""Ways to stream a model drawn at random, and what must hold of each: equal outputs, and the arena as predicted."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from arenafit.fit.relayout import scratch_rooms
from arenafit.fit.search.evaluation import PlacementBudget, Priced, price
from arenafit.fit.search.scratch_guard import lowered
from arenafit.ir import Editor, Model, OpId
from arenafit.ir.text import describe
from arenafit.layout import Hints, LayoutEffort, LayoutRules, lay_out
from arenafit.layout.scratch_check import scratch_conflicts
from arenafit.rewrites import elide_copies
from arenafit.runtime import GeneratedInputs, LiteRtPool, Measurement, Outputs, TflmPool, first_difference
from arenafit.streaming import LoopOptions, Stores, emit, find_segment, make_schedule, stores_all
from arenafit.targets.target import WHEEL, Target
from arenafit.tflite import write_bytes
from arenafit.tflm import footprint
from support.cmsis_nn import limits_misread
from support.models import renumbered

ROWS = tuple(Fraction(*pair) for pair in ((1, 1), (2, 1), (1, 2), (3, 1), (1, 3), (4, 1), (1, 4), (5, 1), (6, 1)))
KINDS = ("random", "min", "max", "zero")


@dataclass(frozen=True, slots=True)
class Way:
    """A segment of the main graph with the parameters of its schedule."""

    ops: tuple[OpId, ...]
    rows: Fraction
    phase: int


@dataclass(frozen=True)
class Case:
    """A model, the segments to stream in it, and how to plan the result."""

    model: Model
    ways: tuple[Way, ...]
    keep_inputs: bool
    in_place: bool
    as_views: bool = False
    writing: LoopOptions = field(default_factory=LoopOptions)

    def __repr__(self) -> str:
        """Return what a reader of a failure needs: the graph as text and the segments by position."""
        position = {op.id: index for index, op in enumerate(self.model.main.ops)}
        quants = "\n".join(
            f"  %{tensor.name}: {tensor.quant.scales}, {tensor.quant.zero_points}"
            for tensor in self.model.main.tensors
            if tensor.quant and not tensor.is_constant
        )
        ways = ", ".join(f"{[position[op] for op in way.ops]} rows={way.rows} phase={way.phase}" for way in self.ways)
        names = ("keep_inputs", "in_place", "as_views", "writing")
        options = " ".join(f"{name}={getattr(self, name)}" for name in names)
        text = describe(self.model).replace("fused_activation_function", "activation")
        return f"streamed {ways}; {options}\n{text}{quants}\n"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def stores_otherwise(self) -> bool:
        """Whether operators older than DYNAMIC_UPDATE_SLICE can move all rows of its segments."""
        graph = self.model.main
        found = ((find_segment(graph, way.ops), way) for way in self.ways)
        made = (make_schedule(graph, segment, way.rows, way.phase) for segment, way in found if segment is not None)
        return all(schedule is not None and stores_all(graph, schedule) for schedule in made)

    def without_update(self) -> "Case":
        """Return the case written for TFLM without DYNAMIC_UPDATE_SLICE."""
        return replace(self, writing=replace(self.writing, stores=Stores.SPACE if self.as_views else Stores.GATHER))

    def streamed(self) -> tuple[Model, Hints]:
        """Return the model with its segments streamed, and what that says about memory."""
        model, hints = self.model, Hints()
        for index, way in enumerate(self.ways):
            segment = find_segment(model.main, way.ops)
            assert segment is not None, "what can be streamed in the original can be streamed beside another loop"
            schedule = make_schedule(model.main, segment, way.rows, way.phase)
            assert schedule is not None
            made = emit(
                model,
                schedule,
                f"loop{index}",
                self.writing,
                keep_inputs=self.keep_inputs,
                as_views=self.as_views,
            )
            model = made.model
            hints += made.hints
        return model, hints


Draw = Callable[..., Any]


def _way(draw: Draw, model: Model, first: int, end: int) -> Way | None:
    """A way to stream a run of operators in [first, end) of the schedule."""
    ops = model.main.ops
    if first >= end:
        return None  # rewrites left no operator
    start = draw(st.integers(first, end - 1))
    segments = []
    for stop in range(start + 1, end + 1):
        chosen = tuple(op.id for op in ops[start:stop])
        segment = find_segment(model.main, chosen)
        if segment is not None:
            segments.append((chosen, segment))
    if not segments:
        return None
    # Long segments are where schedules are hard: prefer them, shrink to short ones.
    chosen, segment = segments[max(draw(st.integers(0, len(segments) - 1)), draw(st.integers(0, len(segments) - 1)))]
    turn, phase = draw(st.integers(0, len(ROWS) - 1)), draw(st.integers(0, 3))
    for rows in (*ROWS[turn:], *ROWS[:turn]):
        if make_schedule(model.main, segment, rows, phase) is not None:
            return Way(chosen, rows, phase)
    return None


@st.composite
def cases(draw: Draw, models: st.SearchStrategy[Model]) -> Case | None:
    """Draw a model and one or two segments to stream; None if no segment of it can be."""
    model = draw(models)
    if draw(st.booleans()):
        model = renumbered(model)
    count = len(model.main.ops)
    first = _way(draw, model, 0, count)
    if first is None:
        return None
    ways = [first]
    position = {op.id: index for index, op in enumerate(model.main.ops)}
    end = position[first.ops[-1]] + 1
    if end < count and draw(st.booleans()):
        second = _way(draw, model, end, count)
        ways += [] if second is None else [second]
    held_bytes = draw(st.sampled_from((1 << 30, 0, 64)))
    in_place = draw(st.sampled_from((True, True, False)))
    ways_to_write = ("guard_rows", "in_blocks", "patch_rows", "flat_rows")
    writing = LoopOptions(held_bytes, **{name: draw(st.booleans()) for name in ways_to_write})
    writing = replace(writing, gated_share=draw(st.sampled_from((None, 0.0))))
    case = Case(model, tuple(ways), draw(st.booleans()), in_place, draw(st.booleans()), writing)
    return case.without_update() if case.stores_otherwise() and draw(st.booleans()) else case


def _is_safe(model: Model) -> bool:
    return not list(scratch_conflicts(model, WHEEL, (WHEEL.kernels,)))


class OriginalRefusedError(AssertionError):
    """TFLM refuses the model before anything was streamed in it."""


class Judge:
    """Compares models with their streamed forms in the real TFLM and in LiteRT."""

    def __init__(self, tflm: TflmPool, litert: LiteRtPool, inputs: int = 5, target: Target = WHEEL) -> None:
        self._target = target  # what the memory of a streamed model is predicted for
        self._tflm = tflm
        self._litert = litert
        self._inputs = GeneratedInputs(inputs, 1, KINDS)
        self.on_desktop = 0  # cases that LiteRT computed, too
        self.stored: Counter[Stores] = Counter()  # cases by what stores rows in their loops
        self.without_form = 0  # cases as views that scratch buffers forbid

    def check(self, case: Case, *, min_arena: bool = False) -> None:
        """Fail unless the streamed model computes the same, everywhere, in the memory predicted for it."""
        streamed, hints = case.streamed()
        self.stored[case.writing.stores] += 1
        before = write_bytes(case.model)
        wanted = self._tflm.run(before, self._inputs)
        if not isinstance(wanted, Outputs):
            raise OriginalRefusedError(wanted.reason)
        desktop = self._litert.run(before, self._inputs)
        planned = self._plans(case, streamed, hints)
        assert not limits_misread(streamed), "CMSIS-NN computes it from other elements"
        forms = {**planned, **dict(self._elided(planned["planned"]))}
        if case.as_views:
            # Views need a guard where an operator has scratch buffers; where none helps, the search takes another way.
            forms = {name: model for name, model in forms.items() if _is_safe(model)}
            self.without_form += not forms
        for name, model in forms.items():
            self._on_tflm(name, model, wanted, min_arena=min_arena)
        if case.as_views:
            return
        for name, model in planned.items():
            # The guard of loop state against scratch buffers, whichever kernels run.
            assert not list(scratch_conflicts(model, WHEEL)), f"{name}: scratch buffers over what matters"
        if not isinstance(desktop, Outputs):
            return  # LiteRT refuses some originals that TFLM runs: there is nothing to compare with
        self.on_desktop += 1
        found = self._litert.run(write_bytes(planned["planned"]), self._inputs)
        assert isinstance(found, Outputs), f"LiteRT refuses it: {found.reason}"
        assert (difference := first_difference(desktop, found)) is None, f"LiteRT: {difference}"

    @staticmethod
    def _plans(case: Case, streamed: Model, hints: Hints) -> dict[str, Model]:
        """The streamed model as the search would plan it, and with an offline plan whatever it costs."""
        layout = lay_out(
            streamed,
            rooms=scratch_rooms(streamed, WHEEL),
            hints=hints,
            rules=LayoutRules(case.keep_inputs, share=case.in_place),
            effort=LayoutEffort(20),
        )
        editor = Editor(streamed)
        editor.set_offline_plan(layout.offsets_bytes)
        priced = price(
            streamed, WHEEL, hints=hints, keep_inputs=case.keep_inputs, patience=PlacementBudget(20, choices=6)
        )
        planned = editor.build()
        return {"planned": planned} if priced.model == planned else {"planned": planned, "priced": priced.model}

    @staticmethod
    def _elided(planned: Model) -> Iterator[tuple[str, Model]]:
        """The forms for TFLM alone, without the copies that the plan makes superfluous."""
        for move in elide_copies.REWRITE.propose(planned):
            model = elide_copies.REWRITE.apply(planned, move)
            some = elide_copies.REWRITE.keeping(planned, move, move.where[:1])
            if (
                _is_safe(kept := elide_copies.REWRITE.apply(planned, some))
                and planned.ops[move.where[0]].name != "WHILE"
            ):
                yield f"for TFLM alone, {dict(some.parameters)}", kept
            # Without the guard scratch buffers may be in the way; the search then takes the form with it.
            if _is_safe(model):
                yield f"for TFLM alone, {dict(move.parameters)}", model
                if dict(move.parameters)["guard"]:
                    whole = Priced(model, footprint(model, WHEEL))
                    found, less = lowered(planned, move, whole, WHEEL, lambda item: not _is_safe(item))
                    yield f"for TFLM alone, {dict(less.parameters)}", found.model

    def _on_tflm(self, name: str, model: Model, wanted: Outputs, *, min_arena: bool) -> None:
        content = write_bytes(model)
        measured = self._tflm.measure(content, inputs=self._inputs, min_arena=min_arena)
        assert isinstance(measured, Measurement), f"{name}: TFLM refuses it: {measured.reason}"
        if measured.digests != wanted.digests():
            found = self._tflm.run(content, self._inputs)
            assert isinstance(found, Outputs), f"{name}: TFLM refuses it: {found.reason}"
            raise AssertionError(f"{name}: TFLM: {first_difference(wanted, found)}")
        predicted = footprint(model, self._target)
        assert (measured.head_bytes, measured.tail_bytes) == (
            predicted.recording.head_bytes,
            predicted.recording.tail_bytes,
        ), f"{name}: head and tail measured, and predicted"
        if min_arena:
            assert measured.min_arena_bytes == predicted.min_arena_bytes, f"{name}: smallest arena"
