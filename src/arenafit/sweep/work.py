"""How much arithmetic a candidate may take to be worth a training."""

from arenafit.sweep.plan import Plan

# What a change may add to the multiply-accumulates of the original, which training time goes with.
_MOST_WORK = 2.0
# Within a budget of CPU time no training may take more than this share of it, at so many multiply-accumulates a second
# (of numpy on one core; a constant, so that every machine gives up the same candidates).
_MOST_SHARE, _MACS_PER_SECOND = 1 / 30, 3e9
_PASSES, _BATCH = 3, 32  # forward, and twice as much backward


def most_macs(plan: Plan, reference: int | None) -> float:
    """Return the multiply-accumulates of the largest model that is trained; `reference`: those of the original."""
    if reference is None:
        return float("inf")
    most = _MOST_WORK * reference
    if plan.cpu_seconds is None:
        return most
    return min(most, plan.cpu_seconds * _MOST_SHARE * _MACS_PER_SECOND / (plan.steps * _BATCH * _PASSES))
