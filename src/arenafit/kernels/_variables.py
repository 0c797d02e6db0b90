"""What the kernels of resource variables demand."""

from arenafit.kernels.conditions import Demand, Violation
from arenafit.ops import Operands


def one_element(*indices: int) -> Demand:
    """These operands hold one element each."""

    def condition(operands: Operands) -> Violation | None:
        for index in indices:
            item = operands.input(index)
            if item is not None and item.elements != 1:
                clause = f"operand {index} is to hold one element, this has {item.elements}"
                return Violation("shape", clause, "the file is damaged: convert it again", item.name)
        return None

    return condition
