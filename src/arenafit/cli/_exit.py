"""The one place where errors become exit codes and one line on stderr. The codes are listed in docs/exit-codes.md."""

import errno
import os
import sys
import traceback
from contextlib import suppress
from types import TracebackType

import typer

from arenafit.errors import ArenafitError, OutputError

EXIT_DEFECT = 70  # EX_SOFTWARE of sysexits.h
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it
EXIT_BROKEN_PIPE = 141  # 128 + SIGPIPE, as a shell reports it

# What writing to stdout meets: a full disk or quota, a device that fails, a descriptor that is closed.
_FULL_OR_CLOSED = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})

# What typer raises to say that it has already decided how to end.
_DECIDED = (SystemExit, typer.Exit, typer.Abort, typer.BadParameter)


class ExitCodes:
    """Context manager: turns what is raised inside it into `SystemExit` with the documented code.

    With ARENAFIT_DEBUG=1 in the environment the traceback is shown too.
    """

    def __enter__(self) -> None:
        """Begin to watch."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say what happened and leave; do nothing if all went well."""
        if error is None or isinstance(error, _DECIDED):
            return
        if isinstance(error, BrokenPipeError):
            _silence_stdout()
            raise SystemExit(EXIT_BROKEN_PIPE)
        if os.environ.get("ARENAFIT_DEBUG") == "1":
            traceback.print_exception(kind, error, trace)
        line, code = _verdict(error)
        with suppress(OSError, ValueError, AttributeError):  # stderr may be closed or full as well
            sys.stderr.write(f"arenafit: {line}\n")
        if code == OutputError.exit_code:
            _silence_stdout()
        raise SystemExit(code)


def _verdict(error: BaseException) -> tuple[str, int]:
    if isinstance(error, ArenafitError):
        return f"error: {_one_line(error)}", error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return "interrupted", EXIT_INTERRUPTED
    if isinstance(error, MemoryError):
        return "error: out of memory: what was asked for needs more than this machine or its limit gives", 1
    if isinstance(error, OSError) and error.errno in _FULL_OR_CLOSED:
        return f"error: standard output cannot be written: {error.strerror}", OutputError.exit_code
    what = f"{type(error).__name__}: {_one_line(error)}".removesuffix(": ")
    return f"this is a defect, please report it ({what}); ARENAFIT_DEBUG=1 shows the traceback", EXIT_DEFECT


def _one_line(error: BaseException) -> str:
    # Names in a damaged file can hold terminal sequences.
    text = " ".join(str(error).split())
    return "".join(character if character.isprintable() else "?" for character in text)


def _silence_stdout() -> None:
    # Python flushes stdout once more when it ends; let that go nowhere instead of failing again.
    with suppress(OSError, ValueError, AttributeError):
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())
        os.close(sink)
