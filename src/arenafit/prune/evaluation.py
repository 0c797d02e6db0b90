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
from arenafit.prune.as_int8 import int8_outputs
from arenafit.prune.losses import loss_of
from arenafit.prune.order import Order
from arenafit.prune.path import PathStep, labels_of
from arenafit.prune.readers import Reader, most_samples, readers
from arenafit.prune.refit import PULLS, refitted
from arenafit.prune.request import Request, Tried
from arenafit.runtime import TflmPool
from arenafit.structure.channels import Channels, without
from arenafit.structure.skeleton import int8_skeleton

_FOLDS = 2
# Fewer rows than this for each element of a reader leave its weights to chance; varied samples are added then.
_ROWS_FOR_AN_ELEMENT = 6
_VARIED = 3  # for each sample
_BATCH = 32


@dataclass(frozen=True)
class _Given:
    """Samples to fit on, (N, *shape), what the original's readers see on them, and which come from the first half."""

    of_first: Array
    known: Mapping[OpId, Reader]
    inputs: tuple[Array, ...]

    def fitted(self, found: Channels, removed: frozenset[int], pull: float, mask: Array | None = None) -> Model:
        """Return the model without the `removed` labels, fitted on the samples of `mask` (N,), or on all."""
        if mask is None:
            return refitted(found, removed, self.known, self.inputs, pull)
        part = {op: reader.of_samples(mask) for op, reader in self.known.items()}
        return refitted(found, removed, part, tuple(item[mask] for item in self.inputs), pull)


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
    runtime: TflmPool | None = None  # judges the steps as int8 models
    tried: dict[int, Tried] = field(default_factory=dict)

    def look(self, position: int, way: list[PathStep], *, fitted: bool = False) -> Tried:
        """Return the step refitted and judged; `fitted` also tells its arena after `fit`."""
        known = self.tried.get(position)
        if known is None:
            step = way[position]
            known = Tried(step, None, self.drop(labels_of(self.orders, step.removed)), None)
        if fitted and known.fitted_bytes is None:
            # Bytes do not depend on weights: those that are left, not fitted again, will do.
            model = without(self.found, labels_of(self.orders, known.step.removed))
            known = replace(known, fitted_bytes=fitted_bytes(model, self.request))
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
        after = [np.empty_like(item) for item in self.outputs]
        count = len(self.inputs[0])
        for fold in range(_FOLDS):
            held = np.arange(count) % _FOLDS == fold
            seen = tuple(array[~held[: len(array)]] for array in self.fit_inputs)
            part = {op: reader.of_samples(~held[: len(self.fit_inputs[0])]) for op, reader in self.known.items()}
            fitted = refitted(self.found, removed, part, seen)
            self._tell(after, fitted, held)
        return self._loss(after)

    def _tell(self, after: list[Array], fitted: Model, held: Array) -> None:
        """Write what `fitted`, which saw none of the samples `held` (N,) marks, gives for them."""
        if self.runtime is not None:
            outputs = int8_outputs(fitted, self.samples, held, self.runtime)
        else:
            outputs = outputs_of(lift(fitted), tuple(array[held] for array in self.inputs))
        for whole, made in zip(after, outputs, strict=True):
            whole[held] = made

    def _loss(self, after: list[Array]) -> float:
        """Return the loss of the outputs `after` against the original's, of the worst output."""
        model = self.found.model
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
        sets = [_Given(held, self.known, self.fit_inputs)]
        if self._needs_more(removed):
            sets.append(self._wider(removed, held))
        unseen = tuple(item[held] for item in self.fit_inputs)
        outputs = tuple(item[:count][held] for item in self.outputs)
        best: tuple[float, _Given, float, Model] | None = None
        for given in sets:
            for pull in PULLS:
                half = given.fitted(self.found, removed, pull, ~given.of_first)
                distance = _distance(half, unseen, outputs)
                if best is None or distance < best[0]:
                    best = distance, given, pull, half
        assert best is not None  # noqa: S101 - there is one way at least
        _, given, pull, half = best
        return replace(
            tried, model=given.fitted(self.found, removed, pull), drop=self._drop_of(given, removed, pull, half)
        )

    def _drop_of(self, given: "_Given", removed: frozenset[int], pull: float, half: Model) -> float:
        """Return the loss of the fit taken: `half` saw nothing of the first half, another nothing of the second."""
        after = [np.empty_like(item) for item in self.outputs]
        first = np.arange(len(self.inputs[0])) % _FOLDS == 0
        self._tell(after, half, first)
        self._tell(after, given.fitted(self.found, removed, pull, given.of_first), ~first)
        return self._loss(after)

    def _wider(self, removed: frozenset[int], held: Array) -> "_Given":
        """Return the samples with varied ones added.

        Each half is varied by itself, so that nothing of one is seen in the other.
        """
        student = lift(without(self.found, removed))
        each = (most_samples(student, (1 + _VARIED) * len(held)) - len(held)) // _FOLDS
        random = np.random.default_rng(self.request.seed)
        added = [varied(tuple(item[which] for item in self.fit_inputs), each, random) for which in (held, ~held)]
        inputs = tuple(np.concatenate(parts) for parts in zip(self.fit_inputs, *added, strict=True))
        of_first = np.concatenate([held, np.ones(each, bool), np.zeros(each, bool)])
        return _Given(of_first, readers(lift(self.found.model), self.found, inputs, self.request.seed), inputs)

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
    from arenafit.fit.settings import Settings, on_its_tflm  # noqa: PLC0415 - loads the search; only for the fitted objective

    settings = on_its_tflm(Settings(target=request.target, effort=request.effort, seed=request.seed))
    return Search(int8_skeleton(model) if request.as_int8 else model, settings, lambda _: None).run()[0].arena_bytes
