import json
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from arenafit import __version__
from arenafit.cli._exit import ExitCodes
from arenafit.errors import ArenafitError, PlanError
from arenafit.registry import modules
from support.cli import invoke, run

DEFECT = "arenafit: this is a defect, please report it"
FULL = "out of memory: what was asked for needs more than this machine or its limit gives"
HINT = "; ARENAFIT_DEBUG=1 shows the traceback\n"

VERBS = list(modules("arenafit.cli"))


@pytest.mark.parametrize("module", VERBS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_verb_has_help(module: ModuleType) -> None:
    verb = module.__name__.rpartition(".")[2].replace("_", "-")
    result = invoke(verb, "--help")
    assert result.exit_code == 0
    assert module.run.__doc__.split("\n")[0].split("`")[0].strip()[:40] in result.output


@pytest.mark.parametrize("module", VERBS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_verb_speaks_json(module: ModuleType) -> None:
    assert "json" in invoke(module.__name__.rpartition(".")[2].replace("_", "-"), "--help").output.lower()


def test_version_and_help_in_a_process() -> None:
    assert run("--version").stdout == f"arenafit {__version__}\n"
    assert "boards" in run("--help").stdout


def test_an_unknown_option_is_a_usage_error() -> None:
    result = run("boards", "--no-such-option")
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def raised(error: BaseException) -> Callable[[], None]:
    def raise_it() -> None:
        raise error

    return raise_it


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (ArenafitError("a\n b"), 1, "arenafit: error: a b\n"),
        (PlanError("x"), 10, "arenafit: error: x\n"),
        (KeyboardInterrupt(), 130, "arenafit: interrupted\n"),
        (ZeroDivisionError("by zero"), 70, f"{DEFECT} (ZeroDivisionError: by zero){HINT}"),
        (MemoryError(), 1, f"arenafit: error: {FULL}\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_what_is_raised_becomes_one_line_and_a_code(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARENAFIT_DEBUG", raising=False)
    with pytest.raises(SystemExit) as ended, ExitCodes():
        raised(error)()
    assert ended.value.code == code
    assert capsys.readouterr().err == line


def test_the_traceback_is_shown_on_request(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENAFIT_DEBUG", "1")
    with pytest.raises(SystemExit), ExitCodes():
        raised(ZeroDivisionError("by zero"))()
    assert "Traceback" in capsys.readouterr().err


def test_what_has_decided_its_own_end_passes_through() -> None:
    with pytest.raises(SystemExit) as ended, ExitCodes():
        raise SystemExit(3)
    assert ended.value.code == 3


def test_a_reader_that_goes_early_is_no_error() -> None:
    # The reader closes before anything is written; the shell would report a death by SIGPIPE with the same number.
    child = subprocess.Popen(
        [sys.executable, "-m", "arenafit", "boards", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    complaint = child.stderr.read()
    child.stderr.close()
    assert (child.wait(timeout=60), complaint) == (141, b"")


def test_json_of_boards_is_a_versioned_document() -> None:
    document = json.loads(invoke("boards", "--json").stdout)
    assert (document["document"], document["version"]) == ("arenafit.boards", 1)
    assert len(document["boards"]) > 0


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("boards", "--nope"), "arenafit: error: No such option: --nope"),
        (("inspect",), "arenafit: error: Missing argument 'MODEL'"),
        (("nope",), "arenafit: error: No such command 'nope'"),
        (("fit", "x.tflite", "-o", "y", "--inputs", "0"), "arenafit: error: Invalid value for"),
    ],
)
def test_what_is_wrong_with_a_command_line_is_one_line(arguments: tuple[str, ...], line: str) -> None:
    result = invoke(*arguments)
    assert (result.exit_code, result.stderr.count("\n"), result.stdout) == (2, 1, "")
    assert result.stderr.startswith(line)
    assert result.stderr.rstrip().endswith("--help)")


def test_a_reader_that_goes_in_the_middle_of_a_table_is_no_error() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "arenafit", "boards"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    complaint = child.stderr.read()
    child.stderr.close()
    assert (child.wait(timeout=60), complaint) == (141, b"")


def test_a_shell_can_complete_verbs_and_options() -> None:
    asked = {"_ARENAFIT_COMPLETE": "complete_bash", "COMP_CWORD": "2", "COMP_WORDS": "arenafit inspect --boa"}
    assert run(env=asked).stdout.split() == ["--board"]
    assert "inspect" in run(env={**asked, "COMP_CWORD": "1", "COMP_WORDS": "arenafit insp"}).stdout.split()
