"""A sweep that is ended, however that comes about, leaves no worker behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("optuna", reason="needs optuna (extra sweep)")

from arenafit.errors import ArenafitError, ConfigError, DataError
from arenafit.sweep.run import begin
from arenafit.sweep.supervisor import Supervisor, WorkerDefectError, WorkerGroup
from support.processes import wait_until
from support.sweeps import priced_config

_TESTS = Path(__file__).parents[2]
_SWEEPING = """
import sys
from dataclasses import replace
from arenafit.sweep.run import begin
from arenafit.sweep.space import Parameter, Space
from arenafit.sweep.supervisor import Supervisor, WorkerGroup
from support.sweeps import priced_config
large = Space((
    Parameter("input", ("keep", "0.95", "0.9", "0.85", "0.8", "0.75", "0.7", "0.65", "0.6", "0.55", "0.5")),
    Parameter("conv#0.channels", (), 1, 16, 1),
    Parameter("conv#2.channels", (), 1, 8, 1),
    Parameter("pool#1.window", ("keep", "3")),
    Parameter("recipe", ("int8",)),
    Parameter("io", ("int8", "float")),
))
store = begin(sys.argv[1], replace(priced_config(10**6), space=large))
supervisor = Supervisor(WorkerGroup(sys.argv[1], workers=2), store)
told = []
def tell(_):
    if not told and len(store.running()) == 2:
        told.append(print(*supervisor.pids, flush=True))
supervisor.report = tell
supervisor.run()
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks processes up in /proc")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_no_worker_outlives_a_sweep_that_is_ended(tmp_path: Path, name: str) -> None:
    path = os.pathsep.join([str(_TESTS.parent / "src"), str(_TESTS)])
    sweep = subprocess.Popen(
        [sys.executable, "-c", _SWEEPING, str(tmp_path / "sweep.journal")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert sweep.stdout is not None
    workers = [int(number) for number in sweep.stdout.readline().split()]
    assert len(workers) == 2
    assert all(_runs(worker) for worker in workers)
    sweep.send_signal(getattr(signal, name))
    assert sweep.wait(60) != 0
    sweep.stdout.close()
    wait_until(lambda: not any(_runs(worker) for worker in workers))


def _runs(process: int) -> bool:
    state = Path(f"/proc/{process}/stat")
    return state.exists() and state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(
    ("code", "kind"), [(13, ConfigError), (9, DataError), (1, WorkerDefectError), (70, WorkerDefectError)]
)
def test_what_a_worker_says_is_raised_as_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[Exception]
) -> None:
    store = begin(str(tmp_path / "sweep.journal"), priced_config(2))
    worker = tmp_path / "worker.sh"
    worker.write_text(f"#!/bin/sh\necho 'Traceback' >&2\necho 'said at last' >&2\nexit {code}\n")
    worker.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(worker))
    with pytest.raises(kind, match=r"said at last$"):
        Supervisor(WorkerGroup(str(tmp_path / "sweep.journal"), workers=1), store).run()
    if kind is WorkerDefectError:
        assert not issubclass(kind, ArenafitError), "the command line ends with 70 on what is no error of its own"
