"""What is proven where TFLM cannot be run, and what an older TFLM says beside the installed one."""

import shutil
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from arenafit.errors import RuntimeUnavailableError
from arenafit.fit.feeding.frames import frames_of
from arenafit.fit.verifiers import verifier
from arenafit.fit.verify import Verifier
from arenafit.ir import ROWS_METADATA, Feed
from arenafit.runtime import Measurement, TflmPool, tflm, wasm32
from arenafit.runtime.wasm32 import Wasm32Runtime
from arenafit.tflite import write_bytes
from support.cli import invoke
from support.models import conv_chain, depthwise_chain, wrong_sign
from support.old_wheels import old_pool


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system for which there is no tflite-micro wheel, and where nobody installed TFLM in wasm32."""

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(tflm, "version", missing)
    monkeypatch.setattr(wasm32, "version", missing)


@pytest.mark.usefixtures("no_wheel")
def test_without_the_wheel_litert_proves_a_part() -> None:
    content = write_bytes(conv_chain())
    with verifier() as judge:
        verdict = judge.verify(content, content)
    assert (verdict.proof, verdict.verified, verdict.accepted, verdict.inputs) == ("verified in part", False, True, 12)
    assert "tflite-micro is not installed" in verdict.runtime


@pytest.mark.usefixtures("no_wheel")
def test_without_the_wheel_a_wrong_model_is_told_by_litert() -> None:
    with verifier() as judge:
        verdict = judge.verify(write_bytes(conv_chain()), write_bytes(wrong_sign(conv_chain())))
    assert (verdict.proof, verdict.accepted) == ("not verified", False)
    assert verdict.difference is not None
    assert verdict.difference.startswith("LiteRT differs")


@pytest.mark.usefixtures("no_wheel")
def test_what_is_for_tflm_alone_is_not_verified_without_it() -> None:
    content = write_bytes(conv_chain())
    with verifier() as judge:
        verdict = judge.verify(content, content, desktop=False)
    assert (verdict.proof, verdict.accepted, verdict.inputs) == ("not verified", True, 0)


@pytest.mark.usefixtures("no_wheel")
def test_the_first_line_and_the_exit_code_say_how_far_it_is_proven(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(conv_chain(layers=1, size=6, channels=2)))
    result = invoke("fit", str(path), "-o", str(tmp_path / "out.tflite"), "--effort", "20")
    assert result.exit_code == 15
    assert result.stdout.splitlines()[0].endswith(", predicted; outputs verified in part")
    assert "not proven: that TFLM runs the model" in result.stdout
    assert (tmp_path / "out.tflite").exists()


def test_another_tflm_is_compared_in_too_or_says_why_not() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    content = write_bytes(conv_chain())
    with TflmPool(1) as pool:
        beside = Verifier(pool, None, "", None, pool).verify(content, content)
        assert beside.older == f"equal on {pool.id.name} {pool.id.version}"
        missing = Verifier(pool, None, "", None, "no network").verify(content, content)
        assert (missing.older, missing.accepted) == ("not compared: no network", True)
        alone = Verifier(pool, None, "").verify(content, content)
        assert alone.older is None


def test_memory_is_that_of_the_tflm_named() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    content = write_bytes(conv_chain())
    with TflmPool(1) as newest, old_pool("oldest") as old:
        named = Verifier(newest, None, "", None, old).verify(content, content)
        assert named.measured_on == f"{old.id.name} {old.id.version}"
        there = old.measure(content, min_arena=True)
        assert isinstance(there, Measurement)
        assert named.min_arena_bytes == there.min_arena_bytes
        unnamed = Verifier(newest, None, "").verify(content, content)
        assert unnamed.measured_on == unnamed.runtime
        assert unnamed.min_arena_bytes != named.min_arena_bytes  # a node takes 88 bytes there, 64 here


class SaysInWasm32(Wasm32Runtime):
    """TFLM in wasm32 that has been asked already."""

    def __init__(self, said: str) -> None:
        self._said = said

    def compare(self, original: bytes, fitted: bytes, *, timeout_seconds: float | None = None) -> str:
        """Return the answer, whatever the models."""
        return self._said


@pytest.mark.parametrize(
    ("said", "proof", "difference"),
    [
        ("equal outputs on 1 input, head of the arena 16 bytes", "verified in part", None),
        ("not compared: TFLM in wasm32 refuses the original (no)", "not verified", None),
        ("differs: output 0 has another checksum", "not verified", "TFLM in wasm32 differs: output 0"),
    ],
)
def test_tflm_in_wasm32_stands_in_for_models_that_litert_cannot_run(
    said: str, proof: str, difference: str | None
) -> None:
    content = write_bytes(conv_chain())
    verdict = Verifier(None, None, "no wheel here", wasm32=SaysInWasm32(said)).verify(content, content, desktop=False)
    assert (verdict.proof, verdict.wasm32, verdict.verified) == (proof, said, False)
    assert (verdict.difference is None) == (difference is None)
    assert difference is None or str(verdict.difference).startswith(difference)


def test_a_model_that_is_fed_by_rows_is_not_judged_by_a_single_invoke() -> None:
    feed = Feed(0, (1, 32, 16, 1), 32, 16, 16, 2)
    model = replace(depthwise_chain(), metadata=((ROWS_METADATA, feed.packed()),))
    judge = Verifier(None, None, "no wheel here", wasm32=SaysInWasm32("differs: output 0 has another checksum"))
    verdict = judge.verify(write_bytes(model), write_bytes(model), desktop=False, fed=frames_of(model))
    assert (verdict.proof, verdict.difference) == ("not verified", None)
    assert str(verdict.wasm32).startswith("not compared: ")


def test_without_mcufit_or_node_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wasm32, "find_spec", lambda _: None)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(RuntimeUnavailableError, match=r"arenafit\[wasm\].*node is missing"):
        Wasm32Runtime()
