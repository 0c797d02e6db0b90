"""Networks drawn at random and fed by rows: whole inputs to the original, frames in a row to the other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from arenafit.fit import Settings
from arenafit.fit.feeding.entry import Entry, contract, entry
from arenafit.fit.feeding.frames import frames_of
from arenafit.fit.search.evaluation import PlacementBudget, price
from arenafit.fit.search.fed_rows import turned_inside_out
from arenafit.fit.verification_inputs import details_of
from arenafit.ir import Model
from arenafit.ir.text import describe
from arenafit.layout.scratch_check import scratch_conflicts
from arenafit.rewrites.protocol import Validity
from arenafit.runtime import Measurement, Outputs, TflmPool, first_difference, input_sets
from arenafit.streaming import LoopOptions, Schedule, emit, find_segment, make_schedule
from arenafit.streaming.feeding import FedLoop, with_resets
from arenafit.targets.target import WHEEL
from arenafit.tflite import read_bytes, write_bytes
from arenafit.tflm import footprint
from arenafit.tflm.comparison import compare
from support.streamed import KINDS, ROWS, OriginalRefusedError, Way, _way

Draw = Callable[..., Any]
_SETTINGS = Settings(target=WHEEL, validity=Validity.TFLM)


@dataclass(frozen=True)
class FedCase:
    """A model, its input read by the first operator, the schedule of the first loop, and a second loop perhaps."""

    model: Model
    found: Entry
    schedule: Schedule
    second: Way | None
    writing: LoopOptions

    def __repr__(self) -> str:
        """Return what a reader of a failure needs."""
        read = next(read for read in self.schedule.reads if read.tensor == self.schedule.fed)
        rows = f"{read.rows} rows a call from {read.start}"
        loop = f"{len(self.schedule.ops)} operators, {rows}, {self.schedule.trips} calls"
        return f"input {self.found.position} fed: {loop}; {self.second}; {self.writing}\n{describe(self.model)}"


@st.composite
def fed_cases(draw: Draw, models: st.SearchStrategy[Model]) -> FedCase | None:
    """Draw a model and how to feed it; None if none of its inputs has rows."""
    model = draw(models)
    found = entry(model, draw(st.integers(0, len(model.main.inputs) - 1)))
    if found is None:
        return None
    graph = found.model.main
    runs = [tuple(op.id for op in graph.ops[:end]) for end in range(1, len(graph.ops) + 1)]
    segments = [(run, segment) for run in runs if (segment := find_segment(graph, run)) is not None]
    segments = [
        (run, segment)
        for run, segment in segments
        if found.port in segment.sources
        and all(extent == 1 for extent in graph.tensor(found.port).shape[: segment.axis])
    ]
    if not segments:
        return None
    run, segment = segments[max(draw(st.integers(0, len(segments) - 1)), draw(st.integers(0, len(segments) - 1)))]
    turn, phase = draw(st.integers(0, len(ROWS) - 1)), draw(st.integers(0, 3))
    schedules = (make_schedule(graph, segment, rows, phase, fed=found.port) for rows in (*ROWS[turn:], *ROWS[:turn]))
    schedule = next((made for made in schedules if made is not None), None)
    if schedule is None:
        return None
    second = _way(draw, found.model, len(run), len(graph.ops)) if draw(st.booleans()) else None
    names = ("guard_rows", "in_blocks", "patch_rows", "flat_rows")
    held_bytes = draw(st.sampled_from((1 << 30, 0, 64)))
    writing = LoopOptions(held_bytes, **{name: draw(st.booleans()) for name in names})
    return FedCase(model, found, schedule, second, writing)


def fed_model(case: FedCase) -> Model:
    """Return the model of a case that is fed by rows, planned for the wheel."""
    made = emit(case.found.model, case.schedule, "loop0", case.writing, as_views=True)
    assert made.fed is not None
    model, hints = made.model, made.hints
    if case.second is not None:
        segment = find_segment(model.main, case.second.ops)
        assert segment is not None
        schedule = make_schedule(model.main, segment, case.second.rows, case.second.phase)
        assert schedule is not None
        other = emit(model, schedule, "loop1", case.writing, as_views=True)
        model, hints = other.model, hints + other.hints
    model, hints = with_resets(model, made.loop, hints)
    priced = price(model, WHEEL, hints=hints, patience=PlacementBudget(20), streamed=True, planned=True)
    known = FedLoop(made.loop, made.fed, contract(case.found, case.schedule, made.padding))
    return turned_inside_out(priced, known, _SETTINGS, _clashes).model


def _clashes(model: Model) -> bool:
    return bool(list(scratch_conflicts(model, WHEEL, (WHEEL.kernels,))))


class FedJudge:
    """Compares models with what they are fed by rows in the real TFLM."""

    def __init__(self, tflm: TflmPool, frames: int = 7) -> None:
        self._tflm = tflm
        self._frames = frames
        self.padded = 0  # cases in which rows outside the frame are padding
        self.without_form = 0  # cases that scratch buffers forbid

    def check(self, case: FedCase, *, min_arena: bool = False) -> None:
        """Fail unless each frame fed by rows gives what the original does, in the memory predicted."""
        drawn = input_sets(
            [details_of(case.model.main.tensor(key)) for key in case.model.main.inputs], self._frames, 1, KINDS
        )
        wanted = self._tflm.run(write_bytes(case.model), drawn)
        if not isinstance(wanted, Outputs):
            raise OriginalRefusedError(wanted.reason)
        made = fed_model(case)
        if _clashes(made):
            self.without_form += 1
            return
        content = write_bytes(made)
        fed = frames_of(read_bytes(content, "fed"))
        assert fed is not None
        self.padded += fed.feed.padding is not None
        found = self._tflm.run(content, fed.calls(drawn))
        assert isinstance(found, Outputs), f"TFLM refuses it: {found.reason}"
        assert (difference := first_difference(wanted, fed.last(found))) is None, str(difference)
        if not min_arena:
            return
        measured = self._tflm.measure(content, inputs=fed.calls(drawn[:1]), min_arena=True)
        assert isinstance(measured, Measurement)
        compared = compare(footprint(made, WHEEL), measured)
        assert compared.equal, compared.differing[0]
