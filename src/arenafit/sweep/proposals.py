"""What to train next: of combinations that are varied and priced, what is expected to add most to the front.

Its cost is known before its training, after a short `fit`; only its loss is a forecast, of a Gaussian process over the
losses of those that are trained.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from arenafit.sweep.extras import optuna
from arenafit.sweep.finished import KEY, RESULT, SEARCH, role_of
from arenafit.sweep.first_prices import FirstPrices
from arenafit.sweep.forecast import Array, Forecast, features
from arenafit.sweep.front import DEFAULT_MAX_DROP
from arenafit.sweep.gain import expected_gain
from arenafit.sweep.judge import Loss, loses_nothing
from arenafit.sweep.plan import LOSS
from arenafit.sweep.pricing import Figures
from arenafit.sweep.space import Params, Space
from arenafit.sweep.store import distributions
from arenafit.sweep.variation import child, drawn

# So many combinations are priced before each training; those that are not taken are looked at again the next time.
_CHILDREN, _DRAWN = 12, 4
# Losses count in units of the loss allowed; beyond so many they are worth nothing, beyond more they are as bad as any.
_WORTHLESS, _AS_BAD_AS_ANY = 4.0, 30.0
# The least of such a unit, where no loss, or next to none, is allowed.
_LEAST_UNIT = 0.001
# Of what a loss is sure to depend on besides the samples: the seed of the training.
_OF_SEEDS = 0.15
_FEWEST = 3


@dataclass(frozen=True)
class Seen:
    """A candidate that is trained."""

    params: Params
    figures: Figures
    loss: Loss


@dataclass
class Proposals:
    """Proposes combinations of one space, from what is trained.

    Attributes:
        space: the parameters.
        prices: what prices candidates in a moment.
    """

    space: Space
    prices: FirstPrices
    _pool: dict[str, tuple[Params, Figures]] = field(default_factory=dict)

    def next(self, seen: Sequence[Seen], running: Sequence[Params], taken: set[str], seed: Sequence[int]) -> Params:
        """Return what to train next.

        Args:
            seen: what is trained.
            running: what other workers are at.
            taken: keys of contents that are not to be proposed again.
            seed: of the random numbers.
        """
        random = np.random.default_rng(list(seed))
        parents = [item.params for item in self._parents(seen)]
        made = [drawn(self.space, random) for _ in range(_DRAWN if parents else _DRAWN + _CHILDREN)]
        made += [child(self.space, parents, random) for _ in range(_CHILDREN) if parents]
        for params in made:
            found = self.prices.of(params)
            if found is not None:
                self._pool.setdefault(found[0], (params, found[1]))
        rest = [self._pool[key] for key in sorted(self._pool) if key not in taken]
        rest = [item for item in rest if not self._is_dominated(item[1], seen)] or rest
        if not rest:
            return made[-1]
        if len(seen) < _FEWEST:
            return rest[int(random.integers(len(rest)))][0]
        return rest[int(self._gains(seen, running, rest).argmax())][0]

    def _parents(self, seen: Sequence[Seen]) -> list[Seen]:
        """Return those that nothing seen is better than by more than chance, by any objective but the loss."""
        kept = []
        for item in seen:
            beaten = any(
                other.loss.mean + other.loss.error < item.loss.mean
                and all(other.figures.of(aim) <= item.figures.of(aim) for aim in self._costs)
                for other in seen
            )
            if not beaten:
                kept.append(item)
        return kept

    def _is_dominated(self, figures: Figures, seen: Sequence[Seen]) -> bool:
        """Return whether the trial would be given up for its price: see `judge.loses_nothing`."""
        least = min((item.loss.mean for item in seen), default=0.0)
        return any(
            all(item.figures.of(aim) <= figures.of(aim) for aim in self._costs) and loses_nothing(item.loss, least)
            for item in seen
        )

    @property
    def _costs(self) -> list[str]:
        return [aim for aim in self.prices.plan.aims if aim != LOSS]

    def _gains(self, seen: Sequence[Seen], running: Sequence[Params], rest: Sequence[tuple[Params, Figures]]) -> Array:
        given = self.prices.plan.max_drop
        allowed = DEFAULT_MAX_DROP if given is None else max(given, _LEAST_UNIT)
        worst = _bent(_WORTHLESS)
        drops = np.array([min(item.loss.drop / allowed, _AS_BAD_AS_ANY) for item in seen])
        errors = np.array([item.loss.error / allowed for item in seen]) / np.sqrt(1 + np.square(drops))
        errors += _OF_SEEDS
        losses, known = _bent(drops), self._numbers([(item.params, item.figures) for item in seen])
        under_way = [(params, found[1]) for params in running if (found := self.prices.of(params)) is not None]
        if under_way:  # what is being trained counts as if it had given what is expected of it
            theirs = self._numbers(under_way)
            losses = np.concatenate([losses, Forecast.of(known, losses, errors).at(theirs)[0]])
            known, errors = np.concatenate([known, theirs]), np.concatenate([errors, np.full(len(theirs), _OF_SEEDS)])
        expected = Forecast.of(known, losses, errors).at(self._numbers(rest))
        gains = np.zeros(len(rest))
        priced = [*[item.figures for item in seen], *[figures for _, figures in under_way]]
        for place, aim in enumerate(self._costs):
            costs = np.log([max(1, figures.of(aim)) for figures in priced])
            wanted = np.log([max(1, figures.of(aim)) for _, figures in rest])
            share = 1.0 if place == 0 else 0.5  # the first objective is what a sweep is for most of all
            gains += share * expected_gain((np.asarray(costs), losses), np.asarray(wanted), expected, worst)
        return gains

    def _numbers(self, candidates: Sequence[tuple[Params, Figures]]) -> Array:
        return np.stack([features(self.space, *item) for item in candidates])


def _bent(drops: Any) -> Any:
    """Return losses as they count: evenly around none, by their order of magnitude far from it."""
    return np.arcsinh(drops)


def price_first_sampler(proposals: Proposals, seed: int, index: int) -> Any:
    """Return Optuna's view of `proposals`: a sampler of all parameters together."""
    module = optuna()
    space = proposals.space

    class PriceFirst(module.samplers.BaseSampler):  # type: ignore[misc,name-defined]  # its types are not followed
        """Asks `proposals`; a parameter that they do not name is drawn at random."""

        def __init__(self) -> None:
            self._random = module.samplers.RandomSampler(seed=seed * 1009 + index)

        def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:  # noqa: ARG002 - Optuna's
            return distributions(space)

        def sample_relative(self, study: Any, trial: Any, search_space: dict[str, Any]) -> Params:  # noqa: ARG002 - as above
            seen, running, taken = _history(study, space, trial.number)
            return proposals.next(seen, running, taken, (seed, index, trial.number))

        def sample_independent(self, study: Any, trial: Any, param_name: str, param_distribution: Any) -> Any:
            return self._random.sample_independent(study, trial, param_name, param_distribution)

    return PriceFirst()


def _history(study: Any, space: Space, own: int) -> tuple[list[Seen], list[Params], set[str]]:
    """Return what is trained, what others are at or will be, and the keys of all that trials other than `own` ran.

    What a defect or a kill ended is not proposed again: if it is to be run once more, it is queued. A trial of another
    worker gets its parameters one by one; until it has all of them there is nothing to expect of it.
    """
    seen, running, taken = [], [], set()
    for item in study.get_trials(deepcopy=False):
        if role_of(item) != SEARCH or item.number == own:
            continue
        params = {**item.system_attrs.get("fixed_params", {}), **item.params}
        if KEY in item.user_attrs:
            taken.add(str(item.user_attrs[KEY]))
        result = item.user_attrs.get(RESULT, {})
        if item.state.name == "COMPLETE" and "loss" in result:
            seen.append(Seen(params, Figures(**result["figures"]), Loss(**result["loss"])))
        elif item.state.name in ("RUNNING", "WAITING") and all(one.name in params for one in space.parameters):
            running.append(params)
    return seen, running, taken
