"""Steps of the path, refitted and scored on calibration data that the refit did not see."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

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
from arenafit.prune.refit import refitted
from arenafit.prune.request import Request, Tried
from arenafit.structure.channels import Channels

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
        """Return the step with its model, fitted on varied samples as well where the given ones leave much open.

        The original says what to make of any input. Where shifts and mixtures of the samples are nothing like samples,
        this may do harm: it is kept only if it is nearer to the original on a half of the samples, fitted on the other.
        """
        tried = self.made(tried)
        removed = labels_of(self.orders, tried.step.removed)
        if not removed or not self._needs_more(removed):
            return tried
        held = np.arange(len(self.fit_inputs[0])) % _FOLDS == 0
        more = most_samples(lift(tried.needed_model), (1 + _VARIED) * len(held)) - len(held)
        # Each half is varied by itself, so that nothing of one is seen in the other.
        random = np.random.default_rng(self.request.seed)
        sides = [tuple(item[which] for item in self.fit_inputs) for which in (held, ~held)]
        added = [varied(side, more // _FOLDS, random) for side in sides]
        inputs = tuple(np.concatenate(parts) for parts in zip(self.fit_inputs, *added, strict=True))
        of_first = np.concatenate([held, np.ones(more // _FOLDS, bool), np.zeros(more // _FOLDS, bool)])
        known = readers(lift(self.found.model), self.found, inputs, self.request.seed)

        def fitted(kept: Array, seen: Mapping[OpId, Reader], given: tuple[Array, ...]) -> Model:
            part = {op: reader.of_samples(kept) for op, reader in seen.items()}
            return refitted(self.found, removed, part, tuple(item[kept] for item in given))

        outputs = tuple(item[: len(held)][held] for item in self.outputs)
        plain, wider = fitted(~held, self.known, self.fit_inputs), fitted(~of_first, known, inputs)
        if _distance(wider, sides[0], outputs) >= _distance(plain, sides[0], outputs):
            return tried
        return replace(tried, model=refitted(self.found, removed, known, inputs))

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
