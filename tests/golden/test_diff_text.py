"""What a diff prints, word for word: for a terminal, for a pull request, for a program."""

from pathlib import Path

import pytest

from arenafit._version import __version__
from arenafit.fit.search.evaluation import price
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import write_bytes
from conftest import Golden
from support.cli import invoke
from support.models import conv_chain, shared_sum


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("before.tflite").write_bytes(write_bytes(shared_sum()))
    Path("planned.tflite").write_bytes(write_bytes(price(shared_sum(), CORTEX_M4).model))
    Path("chain.tflite").write_bytes(write_bytes(conv_chain()))
    Path("shorter.tflite").write_bytes(write_bytes(conv_chain(layers=2)))


PAIRS = [("before", "planned"), ("chain", "shorter")]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_terminal(before: str, after: str, golden: Golden) -> None:
    golden(f"diff/{after}.txt", invoke("diff", f"{before}.tflite", f"{after}.tflite").stdout)


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_markdown(before: str, after: str, golden: Golden) -> None:
    golden(f"diff/{after}.md", invoke("diff", f"{before}.tflite", f"{after}.tflite", "--format", "markdown").stdout)


def test_json(golden: Golden) -> None:
    text = invoke("diff", "chain.tflite", "shorter.tflite", "--json").stdout
    golden("diff/shorter.json", text.replace(f'"{__version__}"', '"VERSION"'))


def test_nothing_changed(golden: Golden) -> None:
    golden("diff/same.txt", invoke("diff", "before.tflite", "before.tflite").stdout)
