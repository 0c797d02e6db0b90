"""What tells combinations apart before anything is trained: their prices after a short `fit`, each found once."""

from dataclasses import dataclass, field

from arenafit.errors import UnsupportedModelError
from arenafit.structure.macs import macs
from arenafit.sweep import sources
from arenafit.sweep.model_source import ModelSource
from arenafit.sweep.plan import FITTED, Plan, StudyConfig
from arenafit.sweep.pricing import Figures, SweepPricer, as_priced, boundary_bytes
from arenafit.sweep.space import Params, digest
from arenafit.sweep.starts import Price
from arenafit.sweep.work import most_macs
from arenafit.tflite import read_bytes

# Of `fit`, in thousands of steps: a tenth of a second for what a trial's own price takes ten times as long for.
_EFFORT = 50


@dataclass
class FirstPrices:
    """Prices combinations of a `.tflite`; None: there is no such model, or the plan's limits rule it out.

    Attributes:
        plan: of the sweep.
        source: makes the candidates.
        reference_macs: multiply-accumulates of the original.
    """

    plan: Plan
    source: ModelSource
    reference_macs: int | None
    _known: dict[str, tuple[str, Figures] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the pricer."""
        effort = min(int(self.plan.effort), _EFFORT) if str(self.plan.effort).isdigit() else _EFFORT
        self._pricer = SweepPricer(self.plan.place()[0], effort, self.plan.seed)

    def of(self, params: Params) -> tuple[str, Figures] | None:
        """Return the key of the content and its figures."""
        name = digest(params)
        if name not in self._known:
            try:
                self._known[name] = self._priced(params)
            except UnsupportedModelError:
                self._known[name] = None
        return self._known[name]

    def _priced(self, params: Params) -> tuple[str, Figures] | None:
        plan, candidate = self.plan, self.source.candidate(params)
        if candidate.untrained is None or macs(candidate.untrained) > most_macs(plan, self.reference_macs):
            return None
        skeleton = as_priced(candidate.untrained, params)
        if plan.ram_bytes is not None and boundary_bytes(skeleton) > plan.ram_bytes:
            return None
        found = self._pricer.fitted(skeleton)
        limits = ((plan.flash_bytes, found.flash), (plan.instructions, found.instructions))
        over = any(most is not None and value > most for most, value in limits)
        return None if over or self._is_too_big(found) else (candidate.key, found)

    def _is_too_big(self, found: Figures) -> bool:
        return self.plan.ram_bytes is not None and found.of(FITTED) > self.plan.ram_bytes


def worth(config: StudyConfig) -> Price | None:
    """Return what prices combinations to begin with; None for training code, and where nothing is trained."""
    plan = config.plan
    if plan.train is not None or plan.priced_only or config.model is None:
        return None
    model = read_bytes(config.model, plan.model or "model.tflite")
    prices = FirstPrices(plan, sources.PriceOnly(model, config.space), macs(model))

    def price(params: Params) -> tuple[int, int] | None:
        found = prices.of(params)
        return None if found is None else (found[1].of(FITTED), found[1].macs)

    return price
