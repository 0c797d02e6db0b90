"""Chooses int8 or int16 per operator: the least memory within a loss, or the least loss within a memory."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from arenafit.accuracy.precision import Precision
from arenafit.errors import BudgetError
from arenafit.quantize.build import uniform
from arenafit.units import format_size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from arenafit.ir import OpId
    from arenafit.quantize.sensitivity import Sensitivity
    from arenafit.quantize.trials import Trial, TrialRunner

# Each trial costs a run over the evaluation data; the search ends after this many.
MOST_TRIALS = 40


@dataclass(frozen=True, slots=True)
class MixedObjective:
    """What is asked of a mixed model: a greatest loss (fraction), a greatest arena, or both."""

    max_drop: float | None
    ram_bytes: int | None


@dataclass(frozen=True, slots=True, eq=False)
class ChosenPrecisions:
    """The trial that meets the goal; `raised` are the operators it has in int16."""

    trial: Trial
    raised: tuple[OpId, ...]
    trials: int


class _Search:
    """Tries sets of operators to raise to int16, each once."""

    def __init__(self, runner: TrialRunner, progress: Callable[[int], None] | None) -> None:
        self._runner = runner
        self._progress = progress
        self._known: dict[frozenset[OpId], Trial] = {}

    @property
    def trials(self) -> int:
        return len(self._known)

    def __call__(self, raised: Sequence[OpId]) -> Trial:
        key = frozenset(raised)
        if key not in self._known:
            wanted = {**uniform(self._runner.source, Precision.INT8), **dict.fromkeys(key, Precision.INT16)}
            self._known[key] = self._runner.try_out(wanted)
            if self._progress is not None:
                self._progress(len(self._known))
        return self._known[key]


def choose(
    runner: TrialRunner,
    ranked: Sequence[Sensitivity],
    goal: MixedObjective,
    progress: Callable[[int], None] | None = None,
) -> ChosenPrecisions:
    """Return the best choice found for `goal`.

    Operators are raised to int16 in the order of their sensitivity. With a greatest loss, the fewest that suffice are
    raised, then each is put back where the loss allows it and the arena does not grow. With only a greatest arena, as
    many are raised as fit.

    Raises:
        BudgetError: if no choice tried meets the goal; the message says how near they came.
        UnsupportedModelError: if TFLM refuses a choice.
    """
    search = _Search(runner, progress)
    order = [item.op for item in ranked if isfinite(item.noise)]
    # Where int8 alone failed there is no choice: these are raised in every trial.
    always = [item.op for item in ranked if not isfinite(item.noise)]
    if goal.max_drop is None:
        raised = _least_loss(search, always, order, goal.ram_bytes or 0)
    else:
        raised = _least_memory(search, always, order, goal.max_drop)
    trial = search(raised)
    if goal.ram_bytes is not None and trial.arena_bytes > goal.ram_bytes:
        within = "" if goal.max_drop is None else f" with a loss of at most {goal.max_drop:.2%}"
        raise BudgetError(
            f"no mixed model{within} fits {format_size(goal.ram_bytes)} bytes: "
            f"the smallest found needs {format_size(trial.arena_bytes)}"
        )
    return ChosenPrecisions(trial, tuple(raised), search.trials)


def _least_memory(search: _Search, always: list[OpId], order: list[OpId], max_drop: float) -> list[OpId]:
    everything = [*always, *order]
    if search(everything).drop > max_drop:
        best = search(everything).drop
        raise BudgetError(f"even int16x8 loses {best:.2%}, more than the {max_drop:.2%} allowed")
    # Invariant: raising `enough` of them suffices, raising `few` does not.
    few, enough = -1, len(order)
    while enough - few > 1:
        middle = (few + enough) // 2
        if search([*always, *order[:middle]]).drop <= max_drop:
            enough = middle
        else:
            few = middle
    raised = [*always, *order[:enough]]
    # Raising one more can be cheaper: a conversion beside it falls away.
    for count in range(enough + 1, len(order) + 1):
        if search.trials >= MOST_TRIALS // 2:
            break
        wider = [*always, *order[:count]]
        if search(wider).drop <= max_drop and search(wider).arena_bytes < search(raised).arena_bytes:
            raised = wider
    for op in reversed(raised[len(always) :]):
        if search.trials >= MOST_TRIALS:
            break
        fewer = [other for other in raised if other != op]
        if search(fewer).drop <= max_drop and search(fewer).arena_bytes <= search(raised).arena_bytes:
            raised = fewer
    return raised


def _least_loss(search: _Search, always: list[OpId], order: list[OpId], ram_bytes: int) -> list[OpId]:
    step = max(1, -(-len(order) // MOST_TRIALS))
    best: list[OpId] | None = None
    smallest = [*always, *order]
    for count in sorted({*range(0, len(order) + 1, step), len(order)}):
        raised = [*always, *order[:count]]
        if search(raised).arena_bytes < search(smallest).arena_bytes:
            smallest = raised
        if search(raised).arena_bytes > ram_bytes:
            continue
        if best is None or search(raised).drop < search(best).drop:
            best = raised
    return smallest if best is None else best
