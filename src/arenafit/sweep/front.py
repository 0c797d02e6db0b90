"""The front of a sweep: what nothing else is better than, with a margin for chance; and what is chosen of it."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from arenafit.sweep.extras import optuna
from arenafit.sweep.finished import RESULT, SEARCH, role_of
from arenafit.sweep.judge import Loss
from arenafit.sweep.plan import FITTED, LOSS, STOCK, Plan
from arenafit.sweep.pricing import Figures
from arenafit.sweep.space import Params

DEFAULT_MAX_DROP = 0.01
# What loses more than so many times what is allowed is not trained again.
_OF_USE = 4.0


@dataclass(frozen=True)
class Point:
    """A trial that was completed: its parameters and what it takes and loses; `loss` is None where nothing is trained.

    `priced` is what was predicted before its training.
    """

    number: int
    params: Params
    settings: tuple[str, ...]
    figures: Figures
    priced: Figures | None
    loss: Loss | None
    again: bool = False
    diverged: bool = False

    def of(self, aim: str) -> float:
        """Return the figure that an objective is about."""
        if aim == LOSS:
            return 0.0 if self.loss is None else self.loss.mean
        return float(self.figures.of(aim))

    @property
    def error(self) -> float:
        """The standard error of the loss."""
        return 0.0 if self.loss is None else self.loss.error


def points_of(trials: Sequence[Any], defaults: Params) -> tuple[Point, ...]:
    """Return the completed trials of the search; losses of training code are put in relation to the defaults'."""
    complete = optuna().trial.TrialState.COMPLETE
    found = [point(item) for item in trials if item.state == complete and role_of(item) == SEARCH]
    return related(tuple(item for item in found if item is not None), defaults)


def related(points: tuple[Point, ...], defaults: Params) -> tuple[Point, ...]:
    """Return the points with their drop; where there is no original the model of the default parameters stands for it.

    Those that were compared with an original sample by sample have theirs already.
    """
    if not points or any(item.loss is not None and item.loss.drop != 0.0 for item in points):
        return points
    first = next((item for item in points if item.params == defaults and item.loss is not None), None)
    if first is None or first.loss is None:
        return points
    base = first.loss.mean
    return tuple(
        item if item.loss is None else replace(item, loss=replace(item.loss, drop=item.loss.mean - base))
        for item in points
    )


def point(trial: Any) -> Point | None:
    """Return a trial as a point, None if it holds no result."""
    result = trial.user_attrs.get(RESULT)
    if result is None or "figures" not in result or "duplicate_of" in result:
        return None
    priced = result.get("priced")
    return Point(
        trial.number,
        dict(trial.params),
        tuple(result.get("settings", ())),
        Figures(**result["figures"]),
        None if priced is None else Figures(**priced),
        None if "loss" not in result else Loss(**result["loss"]),
        bool(result.get("again")),
        bool(result.get("diverged")),
    )


def front(points: Sequence[Point], aims: Sequence[str]) -> tuple[Point, ...]:
    """Return the points that no other is at least as good as in all aims and better in one, smallest first."""
    kept: list[Point] = []
    for item in sorted(points, key=lambda item: (tuple(item.of(aim) for aim in aims), item.number)):
        # What beats a point stands before it, and is on the front itself or beaten by one that is.
        if not any(_beats(other, item, aims) for other in kept):
            kept.append(item)
    return tuple(kept)


def _beats(one: Point, other: Point, aims: Sequence[str]) -> bool:
    pairs = [(one.of(aim), other.of(aim)) for aim in aims]
    return all(a <= b for a, b in pairs) and (any(a < b for a, b in pairs) or one.number < other.number)


def beyond_chance(points: Sequence[Point], aims: Sequence[str]) -> tuple[Point, ...]:
    """Return the points of the front that earn their place by more than one standard error of their loss.

    A point goes if another takes no more of anything, and its loss is within one standard error of the point's.
    """
    others = [aim for aim in aims if aim != LOSS]
    kept = []
    for item in points:
        cheaper = [
            other
            for other in points
            if other is not item
            and all(other.of(aim) <= item.of(aim) for aim in others)
            and any(other.of(aim) < item.of(aim) for aim in others)
        ]
        if not any(other.of(LOSS) <= item.of(LOSS) + item.error for other in cheaper):
            kept.append(item)
    return tuple(kept)


def chosen(points: Sequence[Point], plan: Plan) -> tuple[Point, ...]:
    """Return the points to train again, `plan.choices` at most, what matters most first.

    Those that take least within the loss allowed and within twice that, then that of the least loss, then others of
    the front, those that lose least first. What loses more than four times what is allowed is of no use, however small
    it is; it is left out where there is anything else.
    """
    aims = plan.aims
    if LOSS not in aims:
        return front(points, aims)[: plan.choices]
    narrow = beyond_chance(front(points, aims), aims)
    wanted: dict[int, Point] = {}
    for aim, within in _wishes(points, plan):
        if within:
            best = min(within, key=lambda item: (item.of(aim), item.of(LOSS), item.number))
            wanted.setdefault(best.number, best)
    most = _OF_USE * (DEFAULT_MAX_DROP if plan.max_drop is None else plan.max_drop)
    for item in sorted(narrow, key=lambda item: (item.of(LOSS), item.of(aims[0]), item.number)):
        if not wanted or (item.loss is not None and item.loss.drop <= most):
            wanted.setdefault(item.number, item)
    return tuple(list(wanted.values())[: plan.choices])


def _wishes(points: Sequence[Point], plan: Plan) -> Iterator[tuple[str, list[Point]]]:
    """Yield what shall be small, and the points of which the smallest is wanted."""
    most = DEFAULT_MAX_DROP if plan.max_drop is None else plan.max_drop
    known = [(item, item.loss) for item in points if item.loss is not None]
    safe = [item for item, loss in known if loss.drop + loss.error <= most]
    near = [item for item, loss in known if loss.drop <= most]
    further = [item for item, loss in known if loss.drop <= 2 * most]
    costs = list(dict.fromkeys((*[aim for aim in plan.aims if aim != LOSS], STOCK, FITTED)))
    first = costs[0]
    yield from ((first, safe), (first, near), (first, further))
    yield from ((aim, near) for aim in (STOCK, *costs))
    yield from ((aim, safe) for aim in (STOCK, *costs))


def importances(study: Any, aims: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return how much each parameter matters to each aim (PED-ANOVA, shares); {} if too little is known."""
    module = optuna()
    found: dict[str, dict[str, float]] = {}
    complete = module.trial.TrialState.COMPLETE
    own = module.create_study(directions=["minimize"] * len(aims))  # of the search alone, in memory
    own.add_trials([item for item in study.get_trials() if item.state == complete and role_of(item) == SEARCH])
    for place, aim in enumerate(aims):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that low values are wanted is what we want
                values = module.importance.get_param_importances(
                    own,
                    evaluator=module.importance.PedAnovaImportanceEvaluator(),
                    target=lambda trial, place=place: trial.values[place],
                )
        except (ValueError, RuntimeError, ImportError, ZeroDivisionError):
            continue
        found[aim] = {name: round(float(share), 6) for name, share in values.items()}
    return found
