"""What the TFLM kernel of each operator asks of memory: one file per operator, found by walking this directory.

Third parties add a kernel by an entry point of the group ``arenafit.kernels`` that names a `Kernel`.
"""

from collections.abc import Mapping
from functools import cache

from arenafit import registry
from arenafit.ir import OpCode
from arenafit.kernels.protocol import Kernel

ENTRY_POINT_GROUP = "arenafit.kernels"


def _accept(found: object) -> Kernel:
    if not isinstance(found, Kernel):
        raise TypeError(f"a kernel must be an arenafit Kernel, not {type(found).__name__}")
    return found


@cache
def kernels() -> Mapping[tuple[bool, str], Kernel]:
    """Return all kernels by (is custom, name)."""
    found = registry.discover("arenafit.kernels", "KERNEL", _accept, ENTRY_POINT_GROUP)
    return {(kernel.custom, kernel.name): kernel for kernel in found}


def find(code: OpCode) -> Kernel | None:
    """Return the kernel of an operator code; None if its memory is not known."""
    return kernels().get((code.name == "CUSTOM", code.label))
