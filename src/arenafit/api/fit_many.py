"""Many models fitted at once, each in a process of its own, for use from Python and by ``fit`` with several models."""

import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from functools import partial
from multiprocessing import active_children, get_context
from multiprocessing.process import BaseProcess
from os import PathLike
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any, TypeAlias

from arenafit.api.fit import fit_model
from arenafit.errors import ArenafitError, ConfigError, OutputError
from arenafit.report.documents.fit import FailedFit, FitDocument, FitsDocument

StrPath: TypeAlias = str | PathLike[str]
Fitted: TypeAlias = FitDocument | FailedFit

_DEFECT = 70  # the exit code, as of every defect: EX_SOFTWARE of sysexits.h


def fit_models(
    paths: Sequence[StrPath],
    folder: StrPath,
    *,
    jobs: int | None = None,
    done: Callable[[Fitted], None] = lambda _: None,
    **options: Any,
) -> FitsDocument:
    """Fit every model of `paths` as `fit_model` does, and write each under its own name to `folder`.

    One that fails costs nobody else anything: it is listed among those that failed. The files are the same for any
    number of jobs. With more than one job processes are spawned: a script must call this under
    ``if __name__ == "__main__":``.

    Args:
        paths: ``.tflite`` files, no two of the same name.
        folder: where to write; made where it is not there. No model is overwritten.
        jobs: how many to fit at a time; None: one for each core.
        done: called with each result as soon as it and all before it are there.
        options: those of `fit_model`, but `report`.

    Raises:
        OutputError: if two models have the same name, a model would be overwritten, or the folder cannot be made.
        ConfigError: if `jobs` is less than one.
        ArenafitError: if the system ends one of the processes, say for want of memory.
    """
    files, target = [Path(path) for path in paths], Path(folder)
    _check(files, target, jobs)
    at_a_time = min(len(files) or 1, jobs or os.cpu_count() or 1)
    fitted: list[FitDocument] = []
    failed: list[FailedFit] = []
    with closing(_each(files, partial(_fit, folder=target, options={**options, "jobs": 1}), at_a_time)) as results:
        for result in results:
            done(result)
            if isinstance(result, FitDocument):
                fitted.append(result)
            else:
                failed.append(result)
    return FitsDocument(tuple(fitted), tuple(failed))


def _each(files: Sequence[Path], fit: Callable[[Path], Fitted], at_a_time: int) -> Generator[Fitted, None, None]:
    """Yield the results in the order of the files, whichever is ready first."""
    if at_a_time == 1:
        yield from map(fit, files)
        return
    others, workers = set(active_children()), set[BaseProcess]()
    pool = ProcessPoolExecutor(at_a_time, mp_context=get_context("spawn"), initializer=_end_when_interrupted)
    try:
        with _interrupts_ignored():  # the workers inherit that until they have begun
            results = pool.map(fit, files)
        workers = set(active_children()) - others
        yield from results
    except BrokenProcessPool:
        raise ArenafitError("a process that fitted a model was ended from outside: name fewer --jobs") from None
    except BaseException:  # interrupted: nobody waits for what is under way
        for worker in workers:
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _end_when_interrupted() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    if current_thread() is not main_thread():  # handlers are the main thread's
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _fit(file: Path, *, folder: Path, options: dict[str, Any]) -> Fitted:
    try:
        return fit_model(file, folder / file.name, **options)
    except ArenafitError as error:
        return FailedFit(str(file), str(error), error.exit_code)
    except Exception as error:  # noqa: BLE001 - a defect met in one model must not cost the others their results
        return FailedFit(
            str(file), f"{file}: this is a defect, please report it ({type(error).__name__}: {error})", _DEFECT
        )


def _check(files: Sequence[Path], folder: Path, jobs: int | None) -> None:
    if jobs is not None and jobs < 1:
        raise ConfigError(f"{jobs} jobs fit nothing: name one or more")
    named: dict[str, Path] = {}
    for file in files:
        if file.name in named:
            raise OutputError(f"{folder / file.name}: both {named[file.name]} and {file} would be written to it")
        named[file.name] = file
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made: {error.strerror or error}") from error
    for file in files:
        if folder.resolve() == file.resolve().parent:
            raise OutputError(f"{folder}: holds {file} itself; name another directory")
