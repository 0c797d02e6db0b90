import json
from typing import Any

from arenafit.planning.problem import BufferId, Plan
from arenafit.planning.solve import solve
from arenafit.planning.trace import chrome_trace
from support.problems import network_like, problem_of, share


def slices(text: str) -> list[dict[str, Any]]:
    return [event for event in json.loads(text)["traceEvents"] if event["ph"] == "X"]


def row_names(text: str) -> list[str]:
    return [e["args"]["name"] for e in json.loads(text)["traceEvents"] if e["name"] == "thread_name"]


def test_every_buffer_is_a_slice_of_bytes_at_every_step_it_lives() -> None:
    problem = problem_of((17, 0, 2), (16, 1, 3), align=16)
    text = chrome_trace(problem, Plan({BufferId(0): 16, BufferId(1): 0}, 48), buffers={BufferId(0): "input"})
    assert [(s["name"], s["ts"], s["dur"], s["tid"]) for s in slices(text)] == [
        ("input", 16, 32, 1),
        ("#1", 0, 16, 2),
        ("input", 16, 32, 2),
        ("#1", 0, 16, 3),
    ]
    assert slices(text)[0]["args"] == {
        "offset_bytes": 16,
        "size_bytes": 17,
        "aligned_bytes": 32,
        "first_step": 0,
        "last_step": 1,
    }


def test_steps_are_named() -> None:
    problem = problem_of((16, 0, 2), align=16)
    names = row_names(chrome_trace(problem, Plan({BufferId(0): 0}, 16), steps={0: "CONV_2D"}))
    assert names == ["0 CONV_2D (16 bytes live)", "1 (16 bytes live)"]


def test_buffers_that_trail_each_other_are_shown_in_two_rows() -> None:
    problem = problem_of((32, 0, 1), (32, 0, 1), shares=(share(0, 1, None, None),), align=16)
    text = chrome_trace(problem, Plan({BufferId(0): 16, BufferId(1): 0}, 48))
    assert [(s["name"], s["tid"]) for s in slices(text)] == [("#1", 1), ("#0", 2)]


def test_slices_of_a_row_nest() -> None:
    problem = network_like(2, 40)
    found = slices(chrome_trace(problem, solve(problem).plan))
    rows: dict[int, list[tuple[int, int]]] = {}
    for one in found:
        rows.setdefault(one["tid"], []).append((one["ts"], one["ts"] + one["dur"]))
    for row in rows.values():
        for a, a_end in row:
            for b, b_end in row:
                assert a_end <= b or b_end <= a or (a <= b and b_end <= a_end) or (b <= a and a_end <= b_end)
    assert len(found) == sum(buffer.live.end - buffer.live.first for buffer in problem.buffers)


def test_an_empty_plan_is_an_empty_trace() -> None:
    assert slices(chrome_trace(problem_of(), Plan({}, 0))) == []
