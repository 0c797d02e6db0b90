"""Steps of the path, refitted and scored on calibration data that the refit did not see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from arenafit.accuracy.classifiers import is_classifier
from arenafit.accuracy.samples import Samples, output_ports
from arenafit.accuracy.scores import score
from arenafit.ir import Model, OpId
from arenafit.learn.distil import varied
from arenafit.learn.lift import Lifted, lift
from arenafit.learn.protocol import Array
from arenafit.prune.losses import loss_of
from arenafit.prune.order import Order
from arenafit.prune.path import PathStep, labels_of
from arenafit.prune.readers import Reader, most_samples, readers
from arenafit.prune.refit import PULLS, refitted
from arenafit.prune.request import Request, Tried
from arenafit.structure.channels import Channels, without

_FOLDS = 2
# Fewer rows than this for each element of a reader leave its weights to chance; varied samples are added then.
_ROWS_FOR_AN_ELEMENT = 6
_VARIED = 3  # for each sample
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
        labels = self.samples.labels or (None,) * len(names)
        scores = score(wide[0], wide[1], self.samples, names, classes)
        return max(map(loss_of, scores, wide[0], wide[1], labels))

    def finished(self, tried: Tried) -> Tried:
        """Return the step with its model, fitted in the way that does best on samples it did not see.

        Ways differ in the pull towards the old weights, and in whether varied samples are added where the given ones
        are few for a layer's weights: the original says what to make of any input, but where shifts and mixtures of
        samples are nothing like samples, they may do harm. Each way is fitted on a half and tried on the other.
        """
        removed = labels_of(self.orders, tried.step.removed)
        count = len(self.fit_inputs[0])
        if not removed or count < _FOLDS:
            return self.made(tried)
        held = np.arange(count) % _FOLDS == 0
        sets = [(held, self.known, self.fit_inputs)]
        if self._needs_more(removed):
            sets.append(self._wider(removed, held))
        unseen = tuple(item[held] for item in self.fit_inputs)
        outputs = tuple(item[:count][held] for item in self.outputs)
        best: tuple[float, Callable[[], Model]] | None = None
        for of_first, known, inputs in sets:
            part = {op: reader.of_samples(~of_first) for op, reader in known.items()}
            seen = tuple(item[~of_first] for item in inputs)
            for pull in PULLS:
                distance = _distance(refitted(self.found, removed, part, seen, pull), unseen, outputs)
                if best is None or distance < best[0]:
                    best = distance, partial(refitted, self.found, removed, known, inputs, pull)
        assert best is not None  # noqa: S101 - there is one way at least
        return replace(tried, model=best[1]())

    def _wider(self, removed: frozenset[int], held: Array) -> tuple[Array, Mapping[OpId, Reader], tuple[Array, ...]]:
        """Return which samples come from those `held`, and readers and samples with varied ones added.

        Each half is varied by itself, so that nothing of one is seen in the other.
        """
        student = lift(without(self.found, removed))
        each = (most_samples(student, (1 + _VARIED) * len(held)) - len(held)) // _FOLDS
        random = np.random.default_rng(self.request.seed)
        added = [varied(tuple(item[which] for item in self.fit_inputs), each, random) for which in (held, ~held)]
        inputs = tuple(np.concatenate(parts) for parts in zip(self.fit_inputs, *added, strict=True))
        of_first = np.concatenate([held, np.ones(each, bool), np.zeros(each, bool)])
        return of_first, readers(lift(self.found.model), self.found, inputs, self.request.seed), inputs

    def _needs_more(self, removed: frozenset[int]) -> bool:
        """Return whether a reader of what goes has few rows for its elements."""
        gone = np.asarray(sorted(removed))
        return any(
            np.isin(reader.labels, gone).any()
            and len(reader.operands) < _ROWS_FOR_AN_ELEMENT * reader.operands.shape[1]
            for reader in self.known.values()
        )


def _distance(model: Model, inputs: tuple[Array, ...], outputs: tuple[Array, ...]) -> float:
    """Return the share of noise in the outputs' energy, of the worst output."""
    made = outputs_of(lift(model), inputs)
    return max(
        float(np.square(one - two).sum() / (np.square(one).sum() + 1e-12))
        for one, two in zip(outputs, made, strict=True)
    )


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
