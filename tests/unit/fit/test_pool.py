"""A search on several processes finds what it finds on one, and leaves none behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arenafit.errors import ConfigError
from arenafit.fit import Settings
from arenafit.fit.search import pool
from arenafit.fit.search.candidates import Base, Recipe
from arenafit.fit.search.driver import Search
from arenafit.fit.search.enumeration import Listing
from arenafit.fit.search.evaluation import PlacementBudget
from arenafit.fit.search.frames import read_frame, write_frame
from arenafit.fit.search.tasks import Bench, Enumeration, Outcome, Pricing, Task
from arenafit.fit.search.wire import TaskReader, TaskWriter
from arenafit.ir import DType, Model
from arenafit.planning.work import Work
from arenafit.rewrites.protocol import Validity
from arenafit.tflite import write_bytes
from support.models import conv_chain, depthwise_chain

MODEL = depthwise_chain(DType.INT8, blocks=2, size=24, channels=8)
_SOURCES = Path(pool.__file__).parents[3]

Found = tuple[list[tuple[int, int]], bytes, int]


def searched(model: Model, jobs: int, validity: Validity = Validity.TFLITE) -> Found:
    search = Search(model, Settings(effort=500, validity=validity, jobs=jobs), lambda _: None)
    best = search.run()[0]
    every = [(one.arena_bytes, one.instructions) for one in search.found]
    return every, write_bytes(best.priced.model), search.work.spent


@pytest.mark.parametrize("validity", list(Validity))
def test_any_number_of_processes_finds_the_same(monkeypatch: pytest.MonkeyPatch, validity: Validity) -> None:
    expected = searched(MODEL, 1, validity)
    monkeypatch.setattr(pool, "_STEPS_ALONE", 0)
    assert [searched(MODEL, jobs, validity) for jobs in (2, 3)] == [expected, expected]


def test_workers_do_what_the_search_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_STEPS_ALONE", 0)
    taken: list[Task] = []
    done = pool.Pool.done

    def noted(self: pool.Pool, ticket: pool.Ticket, outcome: Outcome) -> None:
        taken.append(ticket.task)
        done(self, ticket, outcome)

    monkeypatch.setattr(pool.Pool, "done", noted)
    base = Base((), MODEL, ())
    with pool.Pool(MODEL, Settings(jobs=2), lambda: None) as shared:
        tickets = [shared.submitted(Enumeration(base, Listing(False, length))) for length in (1, 2, 3)]
        for _ in range(600):  # the search itself does nothing meanwhile
            if all(ticket.outcome is not None for ticket in tickets):
                break
            time.sleep(0.1)
        outcomes = [shared.awaited(ticket) for ticket in tickets]
    assert taken == [ticket.task for ticket in tickets]
    assert all(outcome.steps > 0 for outcome in outcomes)


def test_nothing_is_begun_that_nobody_will_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks are begun ahead as long as those before them do not use up the work; of the first of a kind none knows."""
    begun: list[int] = []
    submitted = pool.Pool.submitted

    def noted(self: pool.Pool, task: Task) -> pool.Ticket:
        assert isinstance(task, Enumeration)
        begun.append(task.listing.length)
        return submitted(self, task)

    monkeypatch.setattr(pool.Pool, "submitted", noted)
    monkeypatch.setattr(pool, "_STEPS_ALONE", 1 << 62)
    base = Base((), MODEL, ())
    steps = {length: Bench(Settings()).run(Enumeration(base, Listing(False, length))).steps for length in (1, 2, 3, 4)}
    work, seen = Work(steps[1] + steps[2] + 1), list[list[int]]()
    with pool.Pool(MODEL, Settings(jobs=3), lambda: None) as shared:
        wanted = (Enumeration(base, Listing(False, length)) for length in (1, 2, 3, 4))
        for _, outcome in shared.each(wanted, work.ends_within):
            seen.append(list(begun))
            if not work.spend(outcome.steps):
                break
    assert seen == [[1], [1, 2], [1, 2, 3]]


def test_a_task_that_may_take_only_so_many_steps_holds_back_none_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Task] = []
    submitted = pool.Pool.submitted

    def noted(self: pool.Pool, task: Task) -> pool.Ticket:
        begun.append(task)
        return submitted(self, task)

    monkeypatch.setattr(pool.Pool, "submitted", noted)
    monkeypatch.setattr(pool, "_STEPS_ALONE", 1 << 62)
    known = tasks(MODEL)[-1]
    assert isinstance(known, Pricing)
    for limit, ahead in ((1000, 2), (None, 1)):
        wanted = [Pricing(known.recipe, PlacementBudget(rounds, steps=limit)) for rounds in (1, 2)]
        begun.clear()
        with pool.Pool(MODEL, Settings(jobs=2), lambda: None) as shared:
            next(shared.each(wanted, Work(1 << 40).ends_within))
        assert begun == wanted[:ahead]


def test_a_worker_that_is_lost_costs_nothing_but_time(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = searched(conv_chain(DType.INT8), 1)
    started = []

    def dies() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", "import sys; sys.stdin.buffer.read(100)"]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        return started[-1]

    monkeypatch.setattr(pool, "_STEPS_ALONE", 0)
    monkeypatch.setattr(pool, "_started", dies)
    assert searched(conv_chain(DType.INT8), 3) == expected
    assert len(started) == 2
    assert all(process.poll() is not None for process in started)


def tasks(model: Model) -> list[Task]:
    base = Base((), model, ())
    bench = Bench(Settings())
    listed: list[Task] = [
        Enumeration(base, Listing(unrolled, length)) for unrolled in (False, True) for length in (2, 3)
    ]
    options = [option for task in listed for option in bench.run(task).options]
    kinds = [next(item for item in options if (item.stripes is None) is rolled) for rolled in (True, False)]
    return [*listed, *(Pricing(Recipe(base, (option,)), PlacementBudget(10)) for option in kinds)]


def test_what_is_sent_is_what_is_told() -> None:
    """Every outcome of a worker is that of the search itself, its candidate made of the very recipe."""
    writer, reader = TaskWriter(MODEL), TaskReader()
    bench = Bench(reader.first(writer.first(Settings())))
    for task in tasks(MODEL):
        sent, seconds = reader.task(writer.tasks(task, None))
        assert seconds is None
        there, here = bench.run(sent), Bench(Settings()).run(task)
        told = writer.outcome(reader.answer(there), task)
        assert told.steps == here.steps > 0
        assert [(item.first, item.end, item.rows, item.live_bytes) for item in told.options] == [
            (item.first, item.end, item.rows, item.live_bytes) for item in here.options
        ]
        if isinstance(task, Pricing):
            assert told.candidate is not None
            assert here.candidate is not None
            assert told.candidate.recipe is task.recipe
            price = (told.candidate.arena_bytes, told.candidate.instructions, told.candidate.feed)
            assert price == (here.candidate.arena_bytes, here.candidate.instructions, here.candidate.feed)
            assert "whole" not in vars(told.candidate), "its models are read before somebody asks for them"
            assert type(told.candidate.whole) is type(here.candidate)
            assert told.candidate.whole.arena_bytes == here.candidate.arena_bytes
            assert write_bytes(told.candidate.priced.model) == write_bytes(here.candidate.priced.model)
            assert told.candidate.stages == here.candidate.stages
            assert not hasattr(told.candidate, "price")


def test_constants_are_not_sent_twice() -> None:
    writer = TaskWriter(MODEL)
    weights = [
        tensor.data.data for tensor in MODEL.all_tensors() if tensor.data is not None and len(tensor.data.data) > 64
    ]
    assert weights
    first = writer.first(Settings())
    assert all(data in first for data in weights)
    for message in (writer.tasks(task, None) for task in tasks(MODEL)):
        assert not any(data in message for data in weights)


def test_a_worker_ends_with_its_search() -> None:
    process = pool._started()
    assert process.stdin is not None
    assert process.stdout is not None
    writer = TaskWriter(MODEL)
    write_frame(process.stdin, writer.first(Settings()))
    for task in tasks(MODEL):
        write_frame(process.stdin, writer.tasks(task, None))
    assert read_frame(process.stdout) is not None
    process.stdin.close()
    assert process.wait(60) == 0
    process.stdout.close()


_SEARCHING = """
from arenafit.fit import Settings
from arenafit.fit.search import pool
from arenafit.fit.search.driver import Search
from arenafit.ir import DType
from support.models import depthwise_chain
pool._STEPS_ALONE = 0
started = pool._started
def told():
    process = started()
    print(process.pid, flush=True)
    return process
pool._started = told
Search(depthwise_chain(DType.INT8, blocks=6, size=48, channels=8), Settings(effort=10**9, jobs=2), lambda _: None).run()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL", "SIGINT"])
def test_no_worker_outlives_a_search_that_is_ended(name: str) -> None:
    """Neither a search that is told to end nor one that cannot say a word leaves a process behind."""
    path = os.pathsep.join([str(_SOURCES), str(Path(__file__).parents[2])])
    child = subprocess.Popen(
        [sys.executable, "-c", _SEARCHING],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert child.stdout is not None
    worker = int(child.stdout.readline())
    child.send_signal(getattr(signal, name))
    assert child.wait(60) != 0
    child.stdout.close()
    for _ in range(600):
        if not _runs(worker):
            return
        time.sleep(0.1)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("the worker goes on")


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_no_job_is_refused() -> None:
    with pytest.raises(ConfigError, match="0 jobs"):
        Settings(jobs=0)


def test_cores_are_capped() -> None:
    assert 1 <= pool.usable_cores() <= 4
