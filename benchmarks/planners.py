"""How low the planners get, and how fast: a table over the instances (minimalloc CSV files) of a directory.

    python benchmarks/planners.py DIRECTORY [--planner exact ...] [--steps 60000000]

A file called `NAME.CAPACITY.csv` is planned for that capacity; the exact planner stops as soon as it is met.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from arenafit.errors import ArenafitError
from arenafit.planning.bounds import lower_bound_bytes
from arenafit.planning.minimalloc_csv import read
from arenafit.planning.problem import Infeasible, Plan, Planner, Problem, TimedOut
from arenafit.planning.solve import planners
from arenafit.planning.validate import validate
from arenafit.planning.work import Work
from arenafit.units import format_size


@dataclass(frozen=True, slots=True)
class Result:
    """What a planner reached on an instance."""

    height_bytes: int | None
    seconds: float
    solved: bool  # within the capacity, or where there is none, at the lower bound


def run(planner: Planner, problem: Problem, steps: int) -> Result:
    start = perf_counter()
    outcome = planner.plan(problem, work=Work(steps))
    spent = perf_counter() - start
    match outcome:
        case Plan():
            validate(problem, outcome)
            at_bound = outcome.height_bytes <= lower_bound_bytes(problem)
            return Result(outcome.height_bytes, spent, problem.capacity_bytes is not None or at_bound)
        case TimedOut():
            return Result(outcome.best.height_bytes if outcome.best else None, spent, solved=False)
        case Infeasible():
            return Result(None, spent, solved=False)


def cell(result: Result, goal_bytes: int) -> str:
    if result.height_bytes is None:
        return f"{'none':>12} {'':>8} {result.seconds:>7.2f}"
    gap = result.height_bytes / goal_bytes - 1 if goal_bytes else 0.0
    return f"{format_size(result.height_bytes):>12} {gap:>+8.2%} {result.seconds:>7.2f}"


def capacity_of(path: Path) -> int | None:
    parts = path.name.split(".")
    return int(parts[-2]) if len(parts) > 2 and parts[-2].isdigit() else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--planner", action="append", help="by name, several times; all if absent")
    parser.add_argument("--steps", type=int, default=60_000_000, help="of work, for each planner on each instance")
    arguments = parser.parse_args()
    chosen = [one for one in planners() if arguments.planner is None or one.name in arguments.planner]
    paths = sorted(arguments.directory.glob("*.csv"))
    if not paths or not chosen:
        parser.error("no *.csv in that directory, or no planner of that name")
    print("Each planner: bytes, gap to the capacity (to the lower bound where there is none), seconds.")
    print(f"{'instance':<16} {'buffers':>7} {'bound':>12}" + "".join(f" | {one.name:>29}" for one in chosen))
    solved = dict.fromkeys((one.name for one in chosen), 0)
    for path in paths:
        problem = read(path, capacity_bytes=capacity_of(path)).problem
        bound = lower_bound_bytes(problem)
        line = f"{path.stem:<16} {len(problem.buffers):>7} {format_size(bound):>12}"
        for one in chosen:
            result = run(one, problem, arguments.steps)
            solved[one.name] += result.solved
            line += f" | {cell(result, problem.capacity_bytes or bound)}"
        print(line, flush=True)
    print(f"{'solved':<37}" + "".join(f" | {f'{solved[one.name]} of {len(paths)}':>29}" for one in chosen))


if __name__ == "__main__":
    try:
        main()
    except ArenafitError as error:
        raise SystemExit(f"error: {error}") from error
