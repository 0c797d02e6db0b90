"""Which rule of a channel by itself fits an operator: told by what it computes of real numbers."""

from arenafit.ops import Family, Operator
from arenafit.ops.facts import SupportRule
from arenafit.rewrites.intervals.channelwise import (
    Binary,
    Channelwise,
    Choosing,
    Clamping,
    Mirroring,
    Moving,
    Padding,
    Reducing,
    Unary,
)
from arenafit.rewrites.intervals.protocol import Maker, Rule, always


def _copies_stored_values(operator: Operator) -> bool:
    return operator.precisions is not None and operator.precisions.rule is SupportRule.SAME


def _unary(operator: Operator) -> Rule | None:
    if operator.fused_as is not None and _copies_stored_values(operator):
        return Clamping(activation=operator.fused_as)
    if operator.real is None or operator.real.spare is None:
        return None
    if operator.fused_as is not None:
        # Requantised first, then clamped (ReluQuantized of tensorflow/lite/micro/kernels/activations_common.cc).
        return Unary(activation=operator.fused_as, spare=operator.real.spare)
    return Unary(function=operator.real, spare=operator.real.spare)


def _binary(operator: Operator) -> Rule | None:
    function = operator.pair
    if function is None or not function.channelwise:
        return None
    if not function.extreme_at_ends:
        return Channelwise((0, 1))
    return Choosing(function=function.value) if _copies_stored_values(operator) else Binary(function=function.value)


def _window(operator: Operator) -> Rule | None:
    # Elements of the window, or rounded means of those inside the image; a window holds one of these at least.
    return None if operator.summary is None else Moving()


def _reduction(operator: Operator) -> Rule | None:
    return Reducing(counts=operator.summary == "sum") if operator.summary in ("mean", "sum") else None


RULES: dict[Family, Maker] = {
    Family.UNARY: _unary,
    Family.BINARY: _binary,
    Family.POOLING: _window,
    Family.RESIZING: always(Moving()),
    Family.PADDING: always(Padding()),
    Family.MIRRORING: always(Mirroring()),
    Family.REDUCTION: _reduction,
}
