"""Steps of the path, refitted and scored on calibration data that the refit did not see."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from arenafit.accuracy.classifiers import is_classifier
from arenafit.accuracy.samples import Samples, output_ports
from arenafit.accuracy.scores import OutputScore, score
from arenafit.ir import Model, OpId
from arenafit.learn.lift import Lifted, lift
from arenafit.learn.protocol import Array
from arenafit.prune.order import Order
from arenafit.prune.path import PathStep, labels_of
from arenafit.prune.readers import Reader
from arenafit.prune.refit import refitted
from arenafit.prune.request import Request, Tried
from arenafit.structure.channels import Channels

_FOLDS = 2
# Of samples that are classed otherwise, so many count as lost: some were wrong before, some are right now.
_LOST_OF_CHANGED = 0.4
_BATCH = 32


@dataclass
class StepEvaluator:
    """Refits and scores steps of the path; holds what all of them share."""

    found: Channels
    orders: Mapping[OpId, Order]
    known: Mapping[OpId, Reader]
    fit_inputs: tuple[Array, ...]
    inputs: tuple[Array, ...]
    samples: Samples
    outputs: tuple[Array, ...]
    request: Request
    tried: dict[int, Tried] = field(default_factory=dict)

    def look(self, position: int, way: list[PathStep], *, fitted: bool = False) -> Tried:
        """Return the step refitted and judged; `fitted` also tells its arena after `fit`."""
        known = self.tried.get(position)
        if known is None:
            step = way[position]
            known = Tried(step, None, self.drop(labels_of(self.orders, step.removed)), None)
        if fitted and known.fitted_bytes is None:
            known = self.made(known)
            known = replace(known, fitted_bytes=fitted_bytes(known.needed_model, self.request))
        self.tried[position] = known
        return known

    def made(self, tried: Tried) -> Tried:
        """Return the step with its model, fitted again on all samples."""
        if tried.model is not None:
            return tried
        removed = labels_of(self.orders, tried.step.removed)
        return replace(tried, model=refitted(self.found, removed, self.known, self.fit_inputs))

    def drop(self, removed: frozenset[int]) -> float:
        """Return the loss against the original on samples that the refit did not see, fold by fold."""
        if not removed:
            return 0.0
        model = self.found.model
        after = [np.empty_like(item) for item in self.outputs]
        count = len(self.inputs[0])
        for fold in range(_FOLDS):
            held = np.arange(count) % _FOLDS == fold
            seen = tuple(array[~held[: len(array)]] for array in self.fit_inputs)
            part = {op: reader.of_samples(~held[: len(self.fit_inputs[0])]) for op, reader in self.known.items()}
            fitted = refitted(self.found, removed, part, seen)
            for whole, made in zip(after, outputs_of(lift(fitted), tuple(a[held] for a in self.inputs)), strict=True):
                whole[held] = made
        names = tuple(port.name for port in output_ports(model))
        classes = tuple(is_classifier(model, tensor) for tensor in model.main.outputs)
        wide = [[item.astype(np.float64) for item in side] for side in (self.outputs, after)]
        return max(_loss(item) for item in score(wide[0], wide[1], self.samples, names, classes))


def _loss(item: OutputScore) -> float:
    """Return the loss of one output; of a classifier at least a share of what is now classed otherwise.

    Calibration sets are small and their labels few: that nothing was lost on them says less than what has changed.
    """
    if not item.is_classifier or item.agreement is None:
        return item.drop
    changed = (1.0 - item.agreement) * _LOST_OF_CHANGED
    return max(item.drop, changed) if item.classes is not None else changed


def outputs_of(lifted: Lifted, inputs: tuple[Array, ...]) -> tuple[Array, ...]:
    """Return the outputs of all samples, computed in batches."""
    count = len(inputs[0])
    parts = [lifted.run([array[at : at + _BATCH] for array in inputs]) for at in range(0, count, _BATCH)]
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))


def fitted_bytes(model: Model, request: Request) -> int:
    """Return the predicted arena after `fit`."""
    from arenafit.fit.search.driver import Search  # noqa: PLC0415 - the whole of fit, for those who ask
    from arenafit.fit.settings import Settings  # noqa: PLC0415 - loads the search; only for the fitted objective

    settings = Settings(target=request.target, effort=request.effort, seed=request.seed)
    return Search(model, settings, lambda _: None).run()[0].arena_bytes
