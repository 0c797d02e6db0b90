"""What an option is thought to cost before it is written down, in bytes: its tail, and its time at some rate."""

from collections.abc import Callable

from arenafit.fit.search.tilings import Tiling
from arenafit.ir import OpId

CostModel = Callable[[Tiling], float]


def weigh(
    base_costs: dict[OpId, int], bytes_per_instruction: float, tensor_bytes: float, node_bytes: float
) -> CostModel:
    """Return a function that gives an option's cost in bytes: its tail, and its time at the rate given."""

    def cost(option: Tiling) -> float:
        tail = tensor_bytes * option.estimate.tensors + node_bytes * option.estimate.nodes + option.estimate.tail_bytes
        return tail + bytes_per_instruction * extra_instructions(option, base_costs)

    return cost


def extra_instructions(option: Tiling, base_costs: dict[OpId, int]) -> float:
    """Return a rough estimate of the instructions streaming adds: rows computed twice, copies, operator overhead."""
    schedule = option.schedule
    repeated = 0.0
    if option.stripes is not None:
        for op in schedule.ops:
            height = max(1, schedule.lines[op.outputs[0]].height)
            repeated += (option.stripes.made_rows(op.id) - height) / height * base_costs.get(op.id, 0)
        return repeated + 1000 * option.estimate.nodes + 4.0 * option.estimate.copied_bytes
    for op in schedule.ops:
        line = schedule.lines[op.outputs[0]]
        height = max(1, line.height)
        repeated += max(schedule.trips * line.rate - height, 0) / height * base_costs.get(op.id, 0)
    overhead = schedule.trips * (2000 + 500 * option.estimate.nodes)
    return repeated + overhead + 4.0 * option.estimate.copied_bytes
