"""The second runtime: desktop LiteRT (ai-edge-litert), which says whether a model is valid beyond TFLM."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from arenafit.errors import RuntimeUnavailableError
from arenafit.runtime.jobs import RunLimits
from arenafit.runtime.runtimes import OneShotRuntime, PooledRuntime
from arenafit.runtime.types import RuntimeId

_REFERENCE = "arenafit.runtime.litert_child"
_OPTIMIZED = "arenafit.runtime.litert_optimized_child"
# LiteRT has no arena to grow: one attempt.
_LIMITS = RunLimits(arenas_bytes=(0,))


def litert_id(*, optimized: bool = False) -> RuntimeId:
    """Return the identity of the installed LiteRT.

    Raises:
        RuntimeUnavailableError: if ai-edge-litert is not installed here.
    """
    try:
        number = version("ai-edge-litert")
    except PackageNotFoundError as error:
        raise _missing() from error
    if find_spec("ai_edge_litert") is None:
        raise _missing()
    return RuntimeId("litert", number, "optimized" if optimized else "reference", "desktop")


def _missing() -> RuntimeUnavailableError:
    return RuntimeUnavailableError(
        "ai-edge-litert is not installed, so models cannot be run on desktop LiteRT: pip install ai-edge-litert"
    )


class LiteRtRuntime(OneShotRuntime):
    """Measures (digests only: there is no arena) and runs models on LiteRT, a child process per call.

    By default LiteRT's reference kernels; `optimized=True` takes its built-in optimised kernels. XNNPACK and every
    other default delegate are off in both.
    """

    def __init__(self, limits: RunLimits | None = None, *, optimized: bool = False) -> None:
        module = _OPTIMIZED if optimized else _REFERENCE
        super().__init__(module, litert_id(optimized=optimized), limits or _LIMITS)


class LiteRtPool(PooledRuntime):
    """`LiteRtRuntime` with children that stay. Use it in a `with` statement."""

    def __init__(self, workers: int = 2, limits: RunLimits | None = None, *, optimized: bool = False) -> None:
        module = _OPTIMIZED if optimized else _REFERENCE
        super().__init__(module, litert_id(optimized=optimized), limits or _LIMITS, workers)
