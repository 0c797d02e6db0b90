"""Inside the child process: one job on desktop LiteRT's optimised built-in kernels, without XNNPACK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arenafit.runtime.litert_child import preload, run_with

if TYPE_CHECKING:
    from arenafit.runtime.child_job import Report
    from arenafit.runtime.types import Array

__all__ = ["preload", "run"]


def run(job: dict[str, Any], arrays: tuple[Array, ...], report: Report) -> None:
    """Run the job with the built-in resolver that applies no delegate."""
    run_with("BUILTIN_WITHOUT_DEFAULT_DELEGATES", job, arrays, report)
