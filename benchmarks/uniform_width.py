"""What a sweep gives over the simplest thing to do: all layers of the model narrowed alike, at each resolution.

python benchmarks/uniform_width.py swept/sweep.journal [--inputs keep 0.5] [--seeds N]

Uniform widths are trained as the sweep's chosen points were (as long, on the same samples, as many seeds, the best of
them on validation samples), quantised and fitted as they. For each chosen point that lost no more than twice the loss
allowed, at each resolution, widths are trained from the narrowest on until one answers as well on validation samples.
Run it in the folder where the sweep was begun, so that the samples are found.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from arenafit.errors import UnsupportedModelError
from arenafit.runtime import TflmPool
from arenafit.structure.protocol import WHOLE
from arenafit.sweep import sources, store
from arenafit.sweep.finish import OF, Seeded, trained_again
from arenafit.sweep.finished import AGAIN, role_of
from arenafit.sweep.front import DEFAULT_MAX_DROP, points_of
from arenafit.sweep.plan import FITTED
from arenafit.sweep.pricing import SweepPricer
from arenafit.sweep.space import IO, KEEP, RECIPE, Parameter, Params, Space
from arenafit.sweep.trial import LONGER, WorkerContext, made
from arenafit.sweep.trial_store import TrialStore

SHARES = ("0.125", "0.25", "0.375", "0.5", "0.75", KEEP)


@dataclass(frozen=True)
class Uniform:
    """A uniform width, trained: bytes after `fit`, loss on validation samples."""

    fitted: int
    loss: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("storage", help="the journal or database of a sweep over a .tflite that has ended")
    parser.add_argument("--inputs", nargs="+", default=[KEEP, "0.5"], help="resolutions, as a sweep names them")
    parser.add_argument("--seeds", type=int, help="trainings of each width; as many as in the sweep")
    given = parser.parse_args()
    study, config = store.load(given.storage)
    trials = TrialStore(study).trials()
    wanted = {item.user_attrs.get(OF) for item in trials if role_of(item) == AGAIN}
    points = [item for item in points_of(trials, config.space.defaults) if item.number in wanted]
    most = DEFAULT_MAX_DROP if config.plan.max_drop is None else config.plan.max_drop
    chosen = [item for item in trained_again(trials, points) if _drop(item) <= 2 * most]
    if config.model is None or not chosen:
        parser.error("the sweep has trained no chosen point of a .tflite within twice the loss allowed")
    space = Space(
        (
            Parameter("input", tuple(given.inputs)),
            Parameter(f"{WHOLE}.channels", SHARES),
            Parameter(RECIPE, ("int8",)),
            Parameter(IO, ("int8",)),
        )
    )
    source = sources.source_of(store.StudyConfig(config.plan, space, config.model)).source
    target, _ = config.plan.place()
    seeds = config.plan.seeds if given.seeds is None else given.seeds
    with TflmPool(1) as runtime:
        context = WorkerContext(
            config.plan, source, runtime, SweepPricer(target, config.plan.effort, config.plan.seed), TrialStore(study)
        )
        widths = Widths(context, given.inputs, seeds)
        for item in sorted(chosen, key=lambda item: item.best.of(FITTED)):
            compare(item, widths)


def _drop(item: Seeded) -> float:
    return 1.0 if item.best.loss is None else item.best.loss.drop


class Widths:
    """Uniform widths, each trained once."""

    def __init__(self, context: WorkerContext, inputs: Sequence[str], seeds: int) -> None:
        self.inputs = inputs
        self._context, self._seeds = context, seeds
        self._known: dict[tuple[str, str], Uniform | None] = {}

    def first(self, resolution: str, loss: float) -> tuple[str, Uniform] | None:
        """Return the narrowest one that loses no more, and its share of all channels."""
        for share in SHARES:
            if (resolution, share) not in self._known:
                self._known[resolution, share] = self._trained(resolution, share)
            found = self._known[resolution, share]
            if found is not None and found.loss <= loss:
                return share, found
        return None

    def _trained(self, resolution: str, share: str) -> Uniform | None:
        params: Params = {"input": resolution, f"{WHOLE}.channels": share, RECIPE: "int8", IO: "int8"}
        try:
            candidate = self._context.source.candidate(params)
            found = []
            for seed in range(1 if candidate.is_trained else self._seeds):
                _, model, loss = made(self._context, candidate, seed, LONGER)
                found.append((loss.mean, self._context.pricer.fitted(model).of(FITTED)))
        except UnsupportedModelError as error:
            print(f"    input {resolution}, {share} of all channels: {error}", flush=True)
            return None
        loss, fitted = min(found)
        tried = ", ".join(f"{item[0]:.4f}" for item in found)
        print(f"    input {resolution}, {share} of all channels: {fitted:,} B fitted, loss {tried}", flush=True)
        return Uniform(fitted, loss)


def compare(item: Seeded, widths: Widths) -> None:
    own, loss = int(item.best.of(FITTED)), item.best.of("loss")
    print(f"trial {item.point.number}: {own:,} B fitted, loss {loss:.4f} ({_drop(item):+.2%})", flush=True)
    found = [(resolution, widths.first(resolution, loss)) for resolution in widths.inputs]
    best = None
    for resolution, width in found:
        if width is None:
            print(f"  at input {resolution} no uniform width answers as well")
            continue
        share, uniform = width
        best = uniform.fitted if best is None else min(best, uniform.fitted)
        print(
            f"  at input {resolution}: {share} of all channels, {uniform.fitted:,} B, {uniform.fitted / own:.2f} times"
        )
    if best is not None:
        print(f"  {best / own:.2f} times less than the best uniform width", flush=True)


if __name__ == "__main__":
    main()
