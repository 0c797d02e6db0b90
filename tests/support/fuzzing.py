"""Runs verbs over mutated models in this process, and says of each how it ended."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from arenafit.api.check import check_models
from arenafit.api.export import export_model
from arenafit.api.inspect import inspect_model
from arenafit.api.report import report_model
from arenafit.check import BudgetLimits
from arenafit.errors import ArenafitError
from arenafit.tflite import write_bytes
from support.mutations import flipped, mutated
from support.small_models import SMALL_MODELS

VERBS = ("inspect", "export", "check", "report")
LONGEST_CPU_SECONDS = 20.0


def mutants(count: int, first: int = 0) -> Iterator[tuple[int, str, bytes]]:
    """Yield (seed, what it was made of, file) for the seeds from `first` on; two thirds are changed as structures."""
    names = sorted(SMALL_MODELS)
    for seed in range(first, first + count):
        name = names[seed % len(names)]
        model = SMALL_MODELS[name]()
        if seed % 3 == 2:
            yield seed, name, flipped(write_bytes(model), seed)
            continue
        # What the writer itself refuses is no file.
        with contextlib.suppress(Exception):
            yield seed, name, write_bytes(mutated(model, seed))


def run(verb: str, path: Path, folder: Path) -> str:
    """Run a verb; return ``ok``, ``refused``, ``defect: ...`` or ``slow: ...``."""
    began = time.process_time()
    try:
        if verb == "inspect":
            inspect_model(path)
        elif verb == "export":
            export_model(path, folder)
        elif verb == "check":
            check_models([path], BudgetLimits(arena_bytes=1 << 16))
        else:
            from arenafit.report.render.html import render  # noqa: PLC0415  # jinja2 is only needed here

            render(report_model(path, effort=0))
        how = "ok"
    except ArenafitError as error:
        text = str(error)
        how = "refused" if "\n" not in text and "\x1b" not in text else f"defect: {text!r} is no line"
    except Exception as error:  # noqa: BLE001  # what is looked for
        how = f"defect: {type(error).__name__}: {error}"
    spent = time.process_time() - began
    return how if spent < LONGEST_CPU_SECONDS else f"slow: {spent:.1f} s"
