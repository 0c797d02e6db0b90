"""Why an analysis came to grief: over a model that TFLM refuses or that states what no kernel takes, or by our defect.

Analyses take a graph as its kernels would take it, and files can state anything. What an analysis then meets (an index
out of range, say) is told from a defect by looking at the model again: is there something odd about it, does the real
TFLM refuse it? Only what stays unexplained is a defect.
"""

from collections.abc import Callable
from functools import wraps
from os import PathLike
from pathlib import Path
from typing import ParamSpec, TypeVar

from arenafit.errors import MALFORMED, ArenafitError, RuntimeUnavailableError, UnsupportedModelError
from arenafit.fit.oddities import oddity
from arenafit.runtime.jobs import RunLimits
from arenafit.runtime.tflm import TflmRuntime
from arenafit.runtime.types import Refusal
from arenafit.tflite import read_bytes, read_file

P = ParamSpec("P")
R = TypeVar("R")

_SECONDS = 10.0


def diagnosed(content: bytes, source: str) -> UnsupportedModelError | None:
    """Return what is wrong with the model in the file `content` that an analysis failed on; None if nothing is."""
    model = read_bytes(content, source)
    odd = oddity(model)
    if odd is not None:
        return UnsupportedModelError(f"{source}: {odd}: this cannot be analysed")
    try:
        found = TflmRuntime(RunLimits(timeout_seconds=_SECONDS)).measure(content)
    except RuntimeUnavailableError:
        return None
    if not isinstance(found, Refusal):
        return None
    return UnsupportedModelError(f"{source}: TFLM refuses the model ({found.stage.value}): {found.reason}")


def explained(verb: Callable[P, R]) -> Callable[P, R]:
    """Return `verb`, whose first argument is a model's path, or several, with errors that say what is wrong with it.

    An exception of ours passes; one that nobody expected becomes an `UnsupportedModelError` if `diagnosed` finds why,
    and passes if it does not.
    """

    @wraps(verb)
    def guarded(*args: P.args, **options: P.kwargs) -> R:
        try:
            return verb(*args, **options)
        except ArenafitError:
            raise
        except MALFORMED as error:
            for path in _files(args[0] if args else options.get("path")):
                found = diagnosed(read_file(path), str(path))
                if found is not None:
                    raise found from error
            raise

    return guarded


def _files(given: object) -> list[Path]:
    """Return the files that the first argument of a verb names: one, several, or none where nothing is a model."""
    several = given if isinstance(given, list | tuple) else [given]
    return [path for item in several if isinstance(item, str | PathLike) and (path := Path(item)).is_file()]
