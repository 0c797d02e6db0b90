"""The storage of a sweep: its journal after kills, what is no journal, when the disk is waited for."""

import json
import os
from pathlib import Path

import pytest

pytest.importorskip("optuna", reason="needs optuna (extra sweep)")

from arenafit.errors import ConfigError
from arenafit.sweep.journal import cut_half_line
from arenafit.sweep.plan import Plan
from arenafit.sweep.run import begin
from arenafit.sweep.store import load, shown
from arenafit.sweep.trial_store import TrialStore
from support.sweeps import priced_config


def test_half_a_line_is_cut_away(tmp_path: Path) -> None:
    storage = tmp_path / "sweep.journal"
    trial_store = begin(str(storage), priced_config(3))
    whole = storage.read_bytes()
    storage.write_bytes(whole + b'{"op_code":5,"wor')
    TrialStore(load(str(storage))[0]).queue({"input": "0.5"})
    lines = storage.read_bytes()[len(whole) :].splitlines()
    assert [json.loads(line)["op_code"] for line in lines] == [4]
    assert cut_half_line(storage) == 0
    assert len(trial_store.trials()) == 4


def test_a_storage_holds_one_sweep(tmp_path: Path) -> None:
    storage = str(tmp_path / "sweep.journal")
    begin(storage, priced_config(2))
    with pytest.raises(ConfigError, match="holds a sweep already"):
        begin(storage, priced_config(2))
    with pytest.raises(ConfigError, match="no such sweep"):
        load(str(tmp_path / "other.journal"))


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a journal\nat all\n")
    with pytest.raises(ConfigError, match="is no journal"):
        load(str(file))


@pytest.mark.parametrize("text", ["notes", "notes\n", '{"op"}', "\n"])
def test_a_file_that_is_no_journal_stays_as_it_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / "notes.txt"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"notes\.txt: is no journal of a sweep, and stays as it is"):
        begin(str(file), priced_config(2))
    assert file.read_text() == text


def test_a_pipe_is_no_place_for_a_journal(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="is no place for a journal file"):
        begin(str(tmp_path / "pipe"), priced_config(2))


def test_a_journal_whose_first_line_a_kill_cut_off_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "sweep.journal"
    file.write_text('{"op_')
    assert len(begin(str(file), priced_config(2)).trials()) == 2


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("postgresql://me:secret@host/sweep", "postgresql://me:***@host/sweep"),
        ("postgresql://me:sec/ret@host/sweep", "postgresql://me:***@host/sweep"),
        ("postgresql://host/sweep?user=me&password=secret&x=1", "postgresql://host/sweep?user=me&password=***&x=1"),
        ("sqlite:///a:b/sweep.db", "sqlite:///a:b/sweep.db"),
    ],
)
def test_passwords_are_not_shown(url: str, seen: str) -> None:
    assert shown(url) == seen


def test_what_ends_a_trial_is_waited_for_until_the_disk_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = tmp_path / "sweep.journal"
    trial_store = begin(str(storage), priced_config(3))
    synced: list[int] = []
    monkeypatch.setattr("arenafit.sweep.journal.os.fsync", lambda _: synced.append(len(storage.read_bytes())))
    trial = trial_store.study.ask()
    trial.suggest_categorical("io", ("int8", "float"))
    trial_store.begin(trial)
    trial_store.claim(trial, "content")
    assert len(synced) == 1  # that it runs
    assert trial_store.settle(trial, {"cpu": 1.0}, [1.0, 1.0])
    assert synced[1:] == [len(storage.read_bytes())]  # with all that was written before
    other = TrialStore(load(str(storage))[0]).trials()[trial.number]
    assert (other.user_attrs["key"], other.state.name) == ("content", "COMPLETE")


def test_looks_at_a_journal_read_what_has_not_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial_store = begin(str(tmp_path / "sweep.journal"), priced_config(40))
    for turn in range(20):
        trial = trial_store.study.ask()
        trial_store.begin(trial)
        trial_store.settle(trial, {"cpu": 1.0, "turn": turn}, [1.0, 1.0])
    assert trial_store.is_spent(Plan(priced_only=True, trials=20))
    read: list[int] = []
    storage = trial_store.study._storage
    asked = type(storage).get_trial

    def noted(self: object, number: int) -> object:
        read.append(number)
        return asked(self, number)

    monkeypatch.setattr(type(storage), "get_trial", noted)
    monkeypatch.setattr(type(storage), "get_all_trials", lambda *_, **__: pytest.fail("looks at all trials"))
    assert trial_store.cpu_seconds() == 20.0
    assert not trial_store.waiting()
    assert not trial_store.running()
    assert not trial_store.is_over(Plan(priced_only=True, trials=21), 20)
    assert read == []
