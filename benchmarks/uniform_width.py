"""What a sweep gives over the simplest thing to do: all layers of the model narrowed alike, at each resolution.

python benchmarks/uniform_width.py swept/sweep.journal [--inputs keep 0.5] [--seeds N]

Uniform widths are trained as the sweep's chosen points were (as long, on the same samples, as many seeds, the best of
them on validation samples), quantised and fitted as they. For each chosen point that lost no more than twice the loss
allowed, widths at all resolutions are trained, what takes least first, until one answers as well on validation samples.
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
from arenafit.sweep.plan import FITTED, StudyConfig
from arenafit.sweep.pricing import SweepPricer, as_priced
from arenafit.sweep.protocol import Candidate
from arenafit.sweep.space import IO, KEEP, RECIPE, Parameter, Params, Space
from arenafit.sweep.trial import LONGER, WorkerContext, made
from arenafit.sweep.trial_store import TrialStore

SHARES = ("0.125", "0.25", "0.375", "0.5", "0.75", KEEP)


@dataclass(frozen=True)
class Uniform:
    """A uniform width: what it takes after `fit`, and what it is."""

    fitted: int
    resolution: str
    share: str
    candidate: Candidate

    @property
    def name(self) -> str:
        """What it is in words."""
        return f"input {self.resolution}, channels {self.share}"


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
    source = sources.source_of(StudyConfig(config.plan, space, config.model)).source
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
    """Uniform widths at all resolutions, priced first, each trained once, when it is asked for."""

    def __init__(self, context: WorkerContext, inputs: Sequence[str], seeds: int) -> None:
        self._context, self._seeds = context, seeds
        self._losses: dict[str, float | None] = {}
        self.priced: list[Uniform] = []
        for resolution in inputs:
            for share in SHARES:
                params: Params = {"input": resolution, f"{WHOLE}.channels": share, RECIPE: "int8", IO: "int8"}
                try:
                    candidate = context.source.candidate(params)
                    if candidate.untrained is None:
                        continue
                    figures = context.pricer.fitted(as_priced(candidate.untrained, params))
                except UnsupportedModelError:
                    continue
                self.priced.append(Uniform(figures.of(FITTED), resolution, share, candidate))
        self.priced.sort(key=lambda item: item.fitted)
        for item in self.priced:
            print(f"{item.name}: {item.fitted:,} B fitted, not trained yet")

    def smallest(self, loss: float) -> Uniform | None:
        """Return the one that takes least of those that lose no more."""
        for item in self.priced:
            if item.name not in self._losses:
                self._losses[item.name] = self._trained(item)
            found = self._losses[item.name]
            if found is not None and found <= loss:
                return item
        return None

    def _trained(self, item: Uniform) -> float | None:
        try:
            seeds = range(1 if item.candidate.is_trained else self._seeds)
            losses = [made(self._context, item.candidate, seed, LONGER)[2].mean for seed in seeds]
        except UnsupportedModelError as error:
            print(f"    {item.name}: {error}", flush=True)
            return None
        told = ", ".join(f"{loss:.4f}" for loss in losses)
        print(f"    {item.name}: {item.fitted:,} B fitted, loss {told}", flush=True)
        return min(losses)


def compare(item: Seeded, widths: Widths) -> None:
    own, loss = int(item.best.of(FITTED)), item.best.of("loss")
    print(f"trial {item.point.number}: {own:,} B fitted, loss {loss:.4f} ({_drop(item):+.2%})", flush=True)
    best = widths.smallest(loss)
    if best is None:
        print("  no uniform width answers as well")
    else:
        print(f"  {best.name} is the smallest that answers as well: {best.fitted:,} B, {best.fitted / own:.2f} times")


if __name__ == "__main__":
    main()
