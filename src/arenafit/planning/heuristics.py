"""What the heuristic planners have in common: the checks before, the variants with and without joined items."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from arenafit.planning.bounds import lower_bound_bytes
from arenafit.planning.coalescing import join, savings
from arenafit.planning.greedy_fit import Order, best_fit, first_fit
from arenafit.planning.instance import Instance, compile_problem, fixed_collision, offsets_of
from arenafit.planning.offsets import plan_at, within_capacity
from arenafit.planning.problem import Infeasible, Outcome, Plan, Problem
from arenafit.planning.work import Work


@dataclass(frozen=True, slots=True)
class Ordered:
    """Places buffers one by one in one order, by first fit and best fit, with and without joining what may overlap."""

    name: str
    order: Order

    def plan(self, problem: Problem, *, work: Work | None = None) -> Outcome:
        """Return the lowest of the four plans; these heuristics do little work and all of it."""
        if work is not None:
            work.spend(len(problem.buffers))
        instance = compile_problem(problem)
        obstacle = hopeless(problem, instance)
        if obstacle is not None:
            return obstacle
        plans = ordered_plans(problem, variants(instance), [self.order])
        return within_capacity(problem, lowest_plan(plans))


def hopeless(problem: Problem, instance: Instance) -> Infeasible | None:
    """Return why `problem` cannot be solved, where that is seen without a search."""
    collision = fixed_collision(problem, instance)
    if collision is not None:
        return Infeasible(collision)
    bound = lower_bound_bytes(problem)
    if problem.capacity_bytes is not None and bound > problem.capacity_bytes:
        return Infeasible(f"no plan is below {bound} bytes, the capacity is {problem.capacity_bytes}")
    return None


def variants(instance: Instance) -> list[Instance]:
    """Return the instance as it is, and with everything joined that may overlap, largest saving first."""
    possible = savings(instance)
    return [join(instance, possible), instance] if possible else [instance]


def ordered_plans(problem: Problem, instances: Iterable[Instance], orders: Iterable[Order]) -> Iterator[Plan]:
    """Yield the plans that each order gives for each instance of the problem, by each fit."""
    orders = list(orders)
    for instance in instances:
        for order in orders:
            sequence = order(instance)
            for fit in (first_fit, best_fit):
                yield plan_at(problem, offsets_of(problem, instance, fit(instance, sequence)))


def lowest_plan(plans: Iterable[Plan], bound_bytes: int = 0) -> Plan:
    """Return the lowest plan, the first of equal ones; plans after one that meets the bound are not asked for."""
    best: Plan | None = None
    for plan in plans:
        if best is None or plan.height_bytes < best.height_bytes:
            best = plan
        if best.height_bytes <= bound_bytes:
            break
    return best or Plan({}, 0)
