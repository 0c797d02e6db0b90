"""What a fitted file says of itself, and what later verbs make of it."""

import hashlib
import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

import arenafit
from arenafit._version import __version__
from arenafit.fit import Settings
from arenafit.fit.provenance import stamped
from arenafit.ir import Model
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import read_bytes, read_model, write_bytes
from arenafit.tflm import footprint
from arenafit.validity.provenance import METADATA, provenance
from support.cli import invoke
from support.models import conv_chain

BOARD = "nucleo-f401re"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def with_entry(raw: bytes) -> Model:
    return replace(conv_chain(), metadata=((METADATA, raw),))


def test_a_fitted_file_says_version_source_target_tflm_and_options() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    content = write_bytes(conv_chain(size=32))
    Path("model.tflite").write_bytes(content)
    arenafit.fit_model("model.tflite", "fitted.tflite", board=BOARD, validity="tflm", smallest=True, effort=50)
    found = provenance(read_model(Path("fitted.tflite")))
    assert found is not None
    assert (found.version, found.source_sha256) == (__version__, hashlib.sha256(content).hexdigest())
    assert (found.target, found.board, found.kernels) == (BOARD, BOARD, None)
    assert found.options == {"validity": "tflm", "effort": "50"}
    needed = arenafit.inspect_model("fitted.tflite").answer.needs
    assert (found.needs_tflm or "no operator newer") in needed


def test_export_and_inspect_go_on_for_what_it_was_fitted_for() -> None:
    model = stamped(conv_chain(), b"source", Settings(target=CORTEX_M4, board=None))
    Path("plain.tflite").write_bytes(write_bytes(model))
    assert arenafit.export_model("plain.tflite", "a").target == "cortex-m4"
    on_board = stamped(conv_chain(), b"source", Settings(board=BOARD))
    Path("board.tflite").write_bytes(write_bytes(on_board))
    found = arenafit.export_model("board.tflite", "b")
    assert (found.target, found.board) == (BOARD, "ST NUCLEO-F401RE")
    assert found.made_by is not None
    named = arenafit.export_model("board.tflite", "c", target="cortex-m55")
    assert (named.target, named.board) == ("cortex-m55", None)
    assert found.made_by in invoke("inspect", "board.tflite").stdout.replace("\n", " ")
    assert "next: arenafit export board.tflite " in invoke("inspect", "board.tflite").stdout
    unknown = stamped(conv_chain(), b"source", Settings(board="mine"))
    Path("mine.tflite").write_bytes(write_bytes(unknown))
    assert arenafit.export_model("mine.tflite", "d").target == "cortex-m4"


def test_another_fit_replaces_the_entry_and_other_metadata_stay() -> None:
    model = replace(conv_chain(), metadata=(("mine", b"1"),))
    once = stamped(model, b"a", Settings())
    twice = read_bytes(write_bytes(stamped(once, b"b", Settings())))
    assert [name for name, _ in twice.metadata] == ["mine", METADATA]
    found = provenance(twice)
    assert found is not None
    assert found.source_sha256 == hashlib.sha256(b"b").hexdigest()


def test_the_entry_takes_no_ram() -> None:
    model = conv_chain()
    assert footprint(stamped(model, b"", Settings()), CORTEX_M4).min_arena_bytes == (
        footprint(model, CORTEX_M4).min_arena_bytes
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no json",
        b"[]",
        b'{"version": 1}',
        b"[" * 100000,
        b"\xff" * 8,
        json.dumps(
            {"version": "1", "source_sha256": "a", "target": "b", "board": 3, "kernels": None, "options": {}}
        ).encode(),
        json.dumps({"version": "1", "source_sha256": "a", "target": "b", "options": {"effort": 3}}).encode(),
        b'{"version":"' + b"1" * 100000 + b'"}',
    ],
)
def test_what_is_no_such_entry_says_nothing(raw: bytes) -> None:
    model = with_entry(raw)
    assert provenance(model) is None
    Path("odd.tflite").write_bytes(write_bytes(model))
    assert invoke("inspect", "odd.tflite").exit_code == 0


def test_no_file_is_read_because_metadata_name_it(tmp_path: Path) -> None:
    source = files("arenafit.targets").joinpath("boards", "pico.toml").read_text("utf-8")
    (tmp_path / "theirs.toml").write_text(source, "utf-8")
    for name in ("theirs.toml", str(tmp_path / "theirs.toml")):
        model = stamped(conv_chain(), b"source", Settings(board=name))
        Path("named.tflite").write_bytes(write_bytes(model))
        found = arenafit.export_model("named.tflite", f"out-{len(name)}")
        assert (found.target, found.board) == ("cortex-m4", None)
