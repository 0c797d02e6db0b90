"""Stock TFLM from the tflite-micro wheel, always in a child process."""

from __future__ import annotations

import platform
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from arenafit.errors import RuntimeUnavailableError
from arenafit.runtime.jobs import RunLimits
from arenafit.runtime.runtimes import OneShotRuntime, PooledRuntime
from arenafit.runtime.types import RuntimeId
from arenafit.runtime.wheel_env import WheelEnvironment, wheel_environment

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
            "measured or verified by it, but reading, explaining and rewriting them works, a runner command "
            "(--runner) can measure, and with arenafit[wasm] TFLM compiled to wasm32 (--runner wasm32)"
        ) from error


@dataclass(frozen=True, slots=True)
class OtherWheel:
    """A wheel that need not be the installed one: its version and the CPython versions it exists for."""

    version: str
    pythons: tuple[str, ...]


def _witness(wheel: OtherWheel | None) -> tuple[RuntimeId, WheelEnvironment | None]:
    """Return who speaks, and where it is to be found unless it is the installed wheel."""
    if wheel is None:
        return tflm_id(), None
    with suppress(RuntimeUnavailableError):
        if tflm_id().version == wheel.version:
            return tflm_id(), None
    _must_be_linux(wheel.version)
    environment = wheel_environment(wheel.version, wheel.pythons)
    return RuntimeId("tflite-micro", wheel.version, "reference", "lp64"), environment


def _must_be_linux(version: str) -> None:
    if platform.system() != "Linux" or platform.machine() not in {"x86_64", "AMD64"}:
        raise RuntimeUnavailableError(
            f"tflite-micro {version} cannot be had here: its wheels exist for Linux on x86-64, this is"
            f" {platform.system()} on {platform.machine()}"
        )


class TflmRuntime(OneShotRuntime):
    """Measures and runs models on the tflite-micro wheel, a child process per call (about 0.3 s); see `TflmPool`.

    `wheel`: another release than the installed one; it is downloaded on first use (see `runtime/wheel_env.py`).
    """

    def __init__(self, limits: RunLimits | None = None, *, wheel: OtherWheel | None = None) -> None:
        identity, environment = _witness(wheel)
        super().__init__(_MODULE, identity, limits or RunLimits(), environment=environment)


class TflmPool(PooledRuntime):
    """`TflmRuntime` with children that stay: a call costs a fork, a few milliseconds. Use it in a `with` statement."""

    def __init__(self, workers: int = 2, limits: RunLimits | None = None, *, wheel: OtherWheel | None = None) -> None:
        identity, environment = _witness(wheel)
        super().__init__(_MODULE, identity, limits or RunLimits(), workers, environment=environment)
