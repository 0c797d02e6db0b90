"""What a planner that can prove something answers with."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from arenafit.planning.problem import Plan, Problem
from arenafit.planning.work import Work


@dataclass(frozen=True, slots=True)
class Certificate:
    """The lowest plan found, and the height below which the search has ruled out every plan."""

    plan: Plan
    lower_bound_bytes: int


@runtime_checkable
class ProvingPlanner(Protocol):
    """A planner that searches below a plan it is given and says how far it has ruled out lower ones."""

    name: str

    def prove(self, problem: Problem, warm: Plan, *, work: Work) -> Certificate:
        """Return the lowest plan found (`warm` itself where none is lower) and the bound proved for `problem`."""
        ...
