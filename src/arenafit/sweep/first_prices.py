"""What tells combinations to begin with apart before anything is trained: arena and arithmetic, priced in a moment."""

from arenafit.errors import UnsupportedModelError
from arenafit.structure.macs import macs
from arenafit.sweep import sources
from arenafit.sweep.plan import StudyConfig
from arenafit.sweep.pricing import SweepPricer, as_priced, boundary_bytes
from arenafit.sweep.space import Params
from arenafit.sweep.starts import Price
from arenafit.sweep.trial import most_macs
from arenafit.tflite import read_bytes


def worth(config: StudyConfig) -> Price | None:
    """Return what prices combinations to begin with: in a moment, without `fit`; None for training code."""
    plan = config.plan
    if plan.train is not None or plan.priced_only or config.model is None:
        return None
    model = read_bytes(config.model, plan.model or "model.tflite")
    source = sources.PriceOnly(model, config.space)
    target, _ = plan.place()
    pricer = SweepPricer(target, plan.effort, plan.seed)
    most = most_macs(plan, macs(model))

    def price(params: Params) -> tuple[int, int] | None:
        try:
            candidate = source.candidate(params)
            if candidate.untrained is None:
                return None
            skeleton = as_priced(candidate.untrained, params)
            figures = pricer.stock(skeleton)
        except UnsupportedModelError:
            return None
        is_over = plan.ram_bytes is not None and boundary_bytes(skeleton) > plan.ram_bytes
        return None if is_over or figures.macs > most else (figures.stock, figures.macs)

    return price
