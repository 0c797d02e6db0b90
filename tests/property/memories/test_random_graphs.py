"""Random small networks over random memories, as they are and laid out anew: every plan stands the replay."""

from math import prod

from hypothesis import event, given
from hypothesis import strategies as st

from arenafit.errors import BudgetError
from arenafit.fit.relayout import plan_layout
from arenafit.ir import DType, Model
from arenafit.memories import SpreadOptions, faults, spread_over
from arenafit.targets.memories import Region, read_memories
from arenafit.targets.target import CORTEX_M4, CORTEX_M55
from arenafit.tflm import footprint
from support.rewrite_nets import Net


@st.composite
def networks(draw: st.DrawFn) -> Model:
    net = Net(draw(st.sampled_from((DType.INT8, DType.FLOAT32))), seed=0)
    tensor = net.input(1, draw(st.integers(4, 12)), draw(st.integers(4, 12)), draw(st.integers(1, 4)))
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(("conv", "residual", "pool", "relu", "view")))
        if kind == "conv":
            tensor = net.conv(tensor, draw(st.integers(1, 9)), kernel=draw(st.sampled_from((1, 3))))
        elif kind == "pool":
            tensor = net.pool(tensor, 1)
        elif kind == "view":
            tensor = net.view(net.view(tensor, 1, prod(net.shape(tensor))), *net.shape(tensor))
        else:
            relu = net.op("RELU", (tensor,), net.shape(tensor))
            tensor = relu if kind == "relu" else net.op("ADD", (tensor, relu), net.shape(tensor))
    return net.finish(tensor)


@st.composite
def memories(draw: st.DrawFn) -> tuple[Region, ...]:
    sizes = draw(st.lists(st.integers(1, 300), min_size=1, max_size=3))
    costs = draw(st.lists(st.integers(1, 40), min_size=len(sizes), max_size=len(sizes)))
    named = [f"m{index}={16 * size}:{cost}" for index, (size, cost) in enumerate(zip(sizes, costs, strict=True))]
    return read_memories([*named, "rest=1M:50"] if draw(st.booleans()) else named)


@given(networks(), memories(), st.booleans(), st.booleans(), st.floats(0, 1))
def test_every_plan_stands_the_replay(
    model: Model, regions: tuple[Region, ...], planned: bool, dsp: bool, given_up: float
) -> None:
    target = CORTEX_M4 if dsp else CORTEX_M55
    if planned:
        model = plan_layout(model, target, effort="fast").model
    try:
        plan = spread_over(model, footprint(model, target), regions, SpreadOptions(given_up=given_up))
    except BudgetError:
        event("finds no place")
        return
    shared = any(len(group.members) > 1 for group in plan.groups)
    event(f"{sum(map(bool, plan.sizes_bytes))} memories used, buffers {'' if shared else 'do not '}share memory")
    assert faults(plan) == ()
    assert plan.cost >= plan.bound
