import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import arenafit
from arenafit.errors import RuntimeUnavailableError
from arenafit.runtime import Measurement, Outputs, Refusal, RunLimits, RuntimeId, Stage
from arenafit.runtime.runtimes import OneShotRuntime, PooledRuntime
from support.processes import is_waited_at, made_pipe, wait_until

ID = RuntimeId("misbehaving", "1", "none", "none")
LIMITS = RunLimits(timeout_seconds=5, arenas_bytes=(100, 2000))
MODULE = "support.misbehaving_child"
# The child runs the arenafit that is tested.
_IMPORTED = os.pathsep.join((str(Path(__file__).parents[2]), str(Path(arenafit.__file__).parents[1])))


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[PooledRuntime]:
    monkeypatch.setenv("PYTHONPATH", _IMPORTED)
    with PooledRuntime(MODULE, ID, LIMITS, workers=1) as pool:
        yield pool


@pytest.mark.parametrize(
    ("what", "stage", "words"),
    [
        (b"segfault", Stage.CRASH, "segmentation fault while tensors were allocated"),
        (b"abort", Stage.CRASH, "aborted while tensors were allocated"),
        (b"raise", Stage.ALLOCATE, "a cause nobody would guess"),
        (b"exit-early", Stage.ALLOCATE, "a cause nobody would guess"),
    ],
)
def test_what_a_child_does_to_itself_is_a_refusal_and_the_pool_lives_on(
    pool: PooledRuntime, what: bytes, stage: Stage, words: str
) -> None:
    refusal = pool.measure(what)

    assert isinstance(refusal, Refusal)
    assert refusal.stage is stage
    assert words in refusal.reason
    assert "a cause nobody would guess" in refusal.reason
    assert "\n" not in refusal.reason
    assert "Traceback" not in refusal.log
    assert isinstance(pool.measure(b"fine"), Measurement)


def test_a_hanging_child_is_killed_with_all_it_started(pool: PooledRuntime, tmp_path: Path) -> None:
    pipe = made_pipe(tmp_path / "pipe")

    answer = pool.measure(b"hang-at:" + os.fsencode(pipe), timeout_seconds=1)

    assert isinstance(answer, Refusal)
    assert answer.stage is Stage.TIMEOUT
    assert "still running after 1 s" in answer.reason
    wait_until(lambda: not is_waited_at(pipe))
    assert isinstance(pool.measure(b"fine"), Measurement)


def test_an_invoke_that_takes_too_much_cpu_is_ended_long_before_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", _IMPORTED)
    limits = RunLimits(timeout_seconds=60, arenas_bytes=(100, 2000), invoke_cpu_seconds=0.1)
    with PooledRuntime(MODULE, ID, limits, workers=1) as pool:
        answer, kept = pool.measure(b"endless"), pool.measure(b"limits")

    assert isinstance(answer, Refusal)
    assert answer.stage is Stage.TIMEOUT
    assert "of CPU while the model was invoked" in answer.reason
    # What is done between one Invoke and the next is no Invoke's.
    assert isinstance(kept, Measurement)
    assert kept.digests == (("some", "none"),)


def test_without_a_limit_of_cpu_none_is_set(pool: PooledRuntime) -> None:
    kept = pool.measure(b"limits")
    assert isinstance(kept, Measurement)
    assert kept.digests == (("none", "none"),)


def test_what_a_runtime_prints_does_not_reach_the_protocol(pool: PooledRuntime) -> None:
    measurement = pool.measure(b"garble")

    assert isinstance(measurement, Measurement)
    assert "garbage" in measurement.log
    assert (measurement.head_bytes, measurement.total_bytes, measurement.records) == (None, None, ())


def test_the_arena_grows_until_it_is_not_too_small(pool: PooledRuntime) -> None:
    small, fine = pool.measure(b"small"), pool.measure(b"fine")

    assert isinstance(small, Measurement)
    assert isinstance(fine, Measurement)
    assert small.digests == (("2000",),)
    assert fine.digests == (("100",),)


def test_arrays_come_back_as_they_were_sent(pool: PooledRuntime) -> None:
    outputs = pool.run(b"fine", [])

    assert isinstance(outputs, Outputs)
    np.testing.assert_array_equal(outputs.batches[0][0], np.arange(6, dtype=np.int16).reshape(2, 3))
    assert outputs.batches[0][0].dtype == np.int16


def test_a_worker_whose_server_was_killed_says_so_and_starts_again(pool: PooledRuntime) -> None:
    pool.measure(b"fine")
    process = pool._workers[0]._process
    assert process is not None
    process.kill()
    process.wait()

    lost = pool.measure(b"fine")

    assert isinstance(lost, Refusal)
    assert lost.stage is Stage.CRASH
    assert isinstance(pool.measure(b"fine"), Measurement)


def test_a_child_that_cannot_start_is_unavailable_and_says_why() -> None:
    runtime = OneShotRuntime("arenafit.no_such_module", ID, LIMITS)

    with pytest.raises(RuntimeUnavailableError, match=r"No module named 'arenafit\.no_such_module'"):
        runtime.measure(b"fine")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks processes up in /proc")
def test_no_child_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    code = (
        "from arenafit.runtime.host import Worker\n"
        "import numpy as np\n"
        "worker = Worker('support.misbehaving_child')\n"
        "job = {'verb': 'measure', 'arenas': [0], 'timeout_seconds': 60}\n"
        "worker.ask(job, [np.frombuffer(b'hang-and-tell:' + FILE.encode(), np.uint8)])\n"
    )
    told = tmp_path / "pid"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    parent = subprocess.Popen([sys.executable, "-c", f"FILE = {str(told)!r}\n{code}"], env=environment)
    wait_until(lambda: told.exists() and told.read_text(encoding="utf-8").endswith("\n"))
    job = int(told.read_text(encoding="utf-8"))

    parent.kill()
    parent.wait()

    wait_until(lambda: not alive(job))


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
