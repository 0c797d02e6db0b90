"""What planners make of small problems, drawn: a line per step, a character per unit, a letter per buffer."""

from textwrap import dedent

import pytest

from arenafit.planning.problem import Plan, Problem
from arenafit.planning.solve import planners
from support.problems import problem_of, share

# A residual block: the input a lives on past b and c until d adds it, e is small and long-lived.
RESIDUAL = problem_of((4, 0, 4), (6, 1, 3), (4, 2, 4), (4, 3, 5), (1, 0, 5))
# The same, where d may take the place of c or of a.
IN_PLACE = Problem(RESIDUAL.buffers, (share(0, 3), share(2, 3)), 1)
# An output that runs two behind its input, then one that runs one behind that.
TRAILING = problem_of((6, 0, 2), (6, 1, 3), (6, 2, 4), shares=(share(0, 1, None, -2), share(1, 2, None, -1)))


def drawn(problem: Problem, plan: Plan) -> str:
    lines = []
    for step in range(max(buffer.live.end for buffer in problem.buffers)):
        line = ["."] * plan.height_bytes
        for buffer in problem.buffers:
            if buffer.live.first <= step < buffer.live.end:
                for unit in range(plan.offsets_bytes[buffer.id], plan.offsets_bytes[buffer.id] + buffer.size_bytes):
                    line[unit] = "#" if line[unit] != "." else "abcdefgh"[buffer.id]
        lines.append("".join(line))
    return "\n".join(lines) + "\n"


GOLDEN = [
    (
        "tflm-greedy",
        RESIDUAL,
        """
        ..........aaaae
        bbbbbb....aaaae
        bbbbbbccccaaaae
        dddd..ccccaaaae
        dddd..........e
        """,
    ),
    (
        "tflm-linear",
        RESIDUAL,
        """
        aaaa..............e
        aaaabbbbbb........e
        aaaabbbbbbcccc....e
        aaaa......ccccdddde
        ..............dddde
        """,
    ),
    (
        "by-area",
        RESIDUAL,
        """
        aaaa..........e
        aaaabbbbbb....e
        aaaabbbbbbcccce
        aaaadddd..cccce
        ....dddd......e
        """,
    ),
    (
        "by-lifetime",
        IN_PLACE,
        """
        aaaae..........
        aaaaebbbbbb....
        aaaaebbbbbbcccc
        ####e......cccc
        dddde..........
        """,
    ),
    (
        "portfolio",
        TRAILING,
        """
        ...aaaaaa
        .bb####aa
        c#####b..
        cccccc...
        """,
    ),
]


@pytest.mark.parametrize(("planner", "problem", "expected"), GOLDEN, ids=[name for name, _, _ in GOLDEN])
def test_plans_look_as_drawn(planner: str, problem: Problem, expected: str) -> None:
    plan = next(one for one in planners() if one.name == planner).plan(problem)
    assert isinstance(plan, Plan)
    assert drawn(problem, plan) == dedent(expected).lstrip()
