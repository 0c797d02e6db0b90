"""The judge: stock TFLM from the tflite-micro wheel, always in a child process."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from arenafit.errors import RuntimeUnavailableError
from arenafit.runtime.jobs import RunLimits
from arenafit.runtime.runtimes import OneShotRuntime, PooledRuntime
from arenafit.runtime.types import RuntimeId

_MODULE = "arenafit.runtime.tflm_child"


def tflm_id() -> RuntimeId:
    """Return the identity of the installed wheel: reference kernels, 64-bit structs.

    Raises:
        RuntimeUnavailableError: if the wheel is not installed here.
    """
    try:
        return RuntimeId("tflite-micro", version("tflite-micro"), "reference", "lp64")
    except PackageNotFoundError as error:
        here = f"{platform.system()} on {platform.machine()}"
        raise RuntimeUnavailableError(
            f"tflite-micro is not installed (its wheels exist for Linux on x86-64; this is {here}): models cannot be "
            "measured or verified here, but reading, explaining and rewriting them works, and a runner command "
            "(--runner) can measure"
        ) from error


class TflmRuntime(OneShotRuntime):
    """Measures and runs models on the tflite-micro wheel, a child process per call (about 0.3 s); see `TflmPool`."""

    def __init__(self, limits: RunLimits | None = None) -> None:
        super().__init__(_MODULE, tflm_id(), limits or RunLimits())


class TflmPool(PooledRuntime):
    """`TflmRuntime` with children that stay: a call costs a fork, a few milliseconds. Use it in a `with` statement."""

    def __init__(self, workers: int = 2, limits: RunLimits | None = None) -> None:
        super().__init__(_MODULE, tflm_id(), limits or RunLimits(), workers)
