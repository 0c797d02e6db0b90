"""Old wheels of tflite-micro as witnesses of tests: skipped, with the reason, where they cannot be had."""

import pytest

from arenafit.errors import RuntimeUnavailableError
from arenafit.runtime import TflmPool
from arenafit.runtime.tflm import OtherWheel
from arenafit.targets.releases import find_release


def old_wheel(name: str) -> OtherWheel:
    """Return the wheel that bears witness for the release `name`."""
    wheel = find_release(name).wheel
    return OtherWheel(wheel.version, wheel.pythons)


def old_pool(name: str) -> TflmPool:
    """Return a pool of one child on the wheel for `name`; skips the test where it cannot be had."""
    try:
        return TflmPool(1, wheel=old_wheel(name))
    except RuntimeUnavailableError as error:
        pytest.skip(f"needs an older tflite-micro wheel: {error}")
