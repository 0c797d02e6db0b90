from dataclasses import replace

import pytest

from arenafit.errors import BudgetError, TargetError
from arenafit.ir import Model
from arenafit.memories import Placement, SpreadOptions, faults, read_pins, spread_over
from arenafit.memories.plan import MemoryPlan
from arenafit.targets.memories import read_memories
from arenafit.targets.target import CORTEX_M4, CORTEX_M55, Target
from arenafit.tflm import footprint
from support.models import conv_chain, residual, shared_sum
from support.small_models import call_once, svdf, while_loop


def spread(model: Model, *memories: str, target: Target = CORTEX_M55, arena: str | None = None) -> MemoryPlan:
    return spread_over(model, footprint(model, target), read_memories(memories), SpreadOptions(arena=arena))


@pytest.mark.parametrize("model", [conv_chain(), residual(), shared_sum(), while_loop(), svdf(), call_once()])
@pytest.mark.parametrize("target", [CORTEX_M4, CORTEX_M55])
def test_a_plan_stands_the_replay(model: Model, target: Target) -> None:
    plan = spread(model, "fast=1K", "mid=4K:2", "slow=1M:9", target=target)
    assert faults(plan) == ()
    assert plan.gap >= 0


def test_the_hottest_buffer_lies_in_the_fast_memory() -> None:
    plan = spread(conv_chain(), "slow=1M:9", "fast=1K", arena="slow")
    hottest = max(
        range(len(plan.buffer_traffic)),
        key=lambda key: plan.buffer_traffic[key].total_bytes / plan.placements[key].size_bytes,
    )
    assert plan.regions[plan.placements[hottest].region].name == "fast"
    assert 0 < plan.shares[1] < 1
    assert sum(plan.shares) == pytest.approx(1)


def test_one_memory_is_the_arena_less_the_planner_in_it() -> None:
    model = residual()
    found = footprint(model, CORTEX_M4)
    plan = spread_over(model, found, read_memories(["ram=1M"]))
    assert plan.tops_bytes[0] == found.bound_bytes
    assert plan.arena_bytes < found.min_arena_bytes
    assert plan.shares == (1.0,)
    assert plan.gap == 0


def test_the_arena_lies_where_it_is_told_to() -> None:
    for name in ("fast", "slow"):
        plan = spread(residual(), "fast=64K", "slow=1M:9", arena=name)
        assert plan.regions[plan.arena_region].name == name
        assert faults(plan) == ()


def test_sixteen_bytes_less_than_what_is_taken_is_too_little() -> None:
    plan = spread(residual(), "only=1M")
    size = plan.sizes_bytes[0]
    assert spread(residual(), f"only={size}").sizes_bytes == (size,)
    with pytest.raises(BudgetError, match=r"no memory has as much|no place is found"):
        spread(residual(), f"only={size - 16}")


def test_the_margin_is_part_of_the_arena_and_of_what_must_fit() -> None:
    model = residual()
    found = footprint(model, CORTEX_M55)
    plain = spread_over(model, found, read_memories(["only=1M"]))
    wide = spread_over(model, found, read_memories(["only=1M"]), SpreadOptions(margin_bytes=1000))
    assert wide.arena_bytes == plain.arena_bytes + 1008
    with pytest.raises(BudgetError):
        spread_over(model, found, read_memories([f"only={plain.arena_bytes}"]), SpreadOptions(margin_bytes=1000))


def test_what_fits_nowhere_is_named() -> None:
    with pytest.raises(BudgetError, match=r"no place is found for '.+' .*room for buffers: a .*, b .*arenafit fit"):
        spread(conv_chain(size=64), "a=8K", "b=8K")


def test_a_persistent_part_without_a_place_is_said() -> None:
    with pytest.raises(BudgetError, match=r"persistent part needs .* no memory has as much"):
        spread(conv_chain(), "a=512", "b=512")


def test_no_memory_and_an_unknown_one_for_the_arena_are_refused() -> None:
    with pytest.raises(TargetError, match="no memory is named"):
        spread(residual())
    with pytest.raises(TargetError, match="there is no memory 'c' for the arena: there are a, b"):
        spread(residual(), "a=64K", "b=64K", arena="c")


@pytest.mark.parametrize("shift", [-16, 16, 8])
def test_the_replay_finds_a_buffer_that_is_moved(shift: int) -> None:
    plan = spread(conv_chain(), "ram=1M")
    lowest = min(range(len(plan.placements)), key=lambda key: plan.placements[key].offset_bytes)
    at = plan.placements[lowest]
    moved = list(plan.placements)
    moved[lowest] = replace(at, offset_bytes=at.offset_bytes + shift)
    assert faults(replace(plan, placements=tuple(moved)))


def test_the_replay_finds_other_sizes_and_other_counts() -> None:
    plan = spread(conv_chain(), "ram=1M")
    first = plan.placements[0]
    wrong = (Placement(first.region, first.offset_bytes, first.size_bytes + 16), *plan.placements[1:])
    assert any("bytes, the plan says" in fault for fault in faults(replace(plan, placements=wrong)))
    assert any("are added" in fault for fault in faults(replace(plan, placements=plan.placements[1:])))


def test_the_replay_finds_a_memory_that_is_too_small() -> None:
    plan = spread(conv_chain(), "ram=1M")
    small = replace(plan, regions=(replace(plan.regions[0], size_bytes=plan.sizes_bytes[0] - 16),))
    assert any("the plan takes" in fault for fault in faults(small))


def pinned(model: Model, *texts: str, memories: tuple[str, ...] = ("fast=64K", "slow=1M:9")) -> MemoryPlan:
    regions = read_memories(memories)
    return spread_over(
        model, footprint(model, CORTEX_M55), regions, SpreadOptions(pins=read_pins(texts, model, regions))
    )


def where(plan: MemoryPlan, name: str) -> str:
    key = next(key for key, item in enumerate(plan.footprint.plan) if item.buffer.what == name)
    return plan.regions[plan.placements[key].region].name


def test_a_pinned_tensor_lies_where_it_is_told_to_however_dear() -> None:
    model = conv_chain()
    names = [model.tensors[key].name for key in (*model.main.inputs, *model.main.outputs)]
    free, held = pinned(model), pinned(model, "input=slow", "output:0=slow")
    assert [where(free, name) for name in names] == ["fast", "fast"]
    assert [where(held, name) for name in names] == ["slow", "slow"]
    assert held.cost > free.cost
    assert faults(held) == ()
    assert where(pinned(model, f"{names[0]}=slow"), names[0]) == "slow"


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["input"], "pins nothing"),
        (["input=dtcm"], "no memory 'dtcm': there are fast, slow"),
        (["output:3=fast"], "has 1 outputs"),
        (["nobody=fast"], "no tensor 'nobody'"),
        (["input=fast", "input:0=slow"], "pinned to memory fast already"),
    ],
)
def test_a_pin_that_means_nothing_is_refused(texts: list[str], message: str) -> None:
    with pytest.raises(TargetError, match=message):
        pinned(conv_chain(), *texts)


def test_a_tensor_without_a_buffer_cannot_be_pinned() -> None:
    model = conv_chain()
    constant = next(tensor for tensor in model.tensors.values() if tensor.is_constant)
    with pytest.raises(TargetError, match="plans no buffer"):
        pinned(model, f"{constant.name}=slow")


def test_a_pin_to_a_memory_that_is_too_small_is_a_misfit() -> None:
    with pytest.raises(BudgetError, match="no place is found for"):
        pinned(conv_chain(size=64), "input=tiny", memories=("slow=4M", "tiny=64"))
