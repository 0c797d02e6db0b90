"""The kernel libraries that TFLM is built with: each a family, what of the processor it uses, and its version.

A kernel file maps a family to what its kernels ask for (`kernels.protocol.Kernel.libraries`) and a library to what they
permit besides (`kernels.sharing.Sharing.only`). A new library is an entry of `LIBRARIES`, its formulas in a module of
kernels/, and a mapping entry in the kernel files of the operators that it has kernels of its own for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from arenafit.errors import TargetError


class Family(Enum):
    """Whose kernels they are; kernel files map families to what the kernels ask for."""

    REFERENCE = "reference"
    CMSIS_NN = "cmsis-nn"

    __hash__ = object.__hash__


class Feature(Enum):
    """What of the processor a library's kernels use."""

    DSP = "dsp"  # Armv7E-M, Armv8-M DSP extension
    MVE = "mve"  # Helium

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class KernelLibrary:
    """Which kernels TFLM was built with; scratch and persistent sizes differ.

    `priced_as` names the core of costs/ whose instructions stand for the library's.
    """

    name: str
    family: Family
    priced_as: str
    features: frozenset[Feature] = frozenset()

    def has(self, feature: Feature) -> bool:
        """Whether the kernels use this of the processor."""
        return feature in self.features


REFERENCE = KernelLibrary("reference", Family.REFERENCE, "m4_reference")
# Cortex-M4, M7, M33 with the DSP extension
CMSIS_NN_DSP = KernelLibrary("cmsis-nn-dsp", Family.CMSIS_NN, "m4_cmsis_nn", frozenset({Feature.DSP}))
# Cortex-M55, M85 with Helium
CMSIS_NN_MVE = KernelLibrary("cmsis-nn-mve", Family.CMSIS_NN, "m55_cmsis_nn", frozenset({Feature.DSP, Feature.MVE}))

LIBRARIES: Mapping[str, KernelLibrary] = {library.name: library for library in (REFERENCE, CMSIS_NN_DSP, CMSIS_NN_MVE)}


def find_library(name: str) -> KernelLibrary:
    """Return the library of this name.

    Raises:
        TargetError: if there is none.
    """
    if name not in LIBRARIES:
        raise TargetError(f"there is no kernel library '{name}': known are {', '.join(LIBRARIES)}")
    return LIBRARIES[name]


def relied_on_with(library: KernelLibrary) -> tuple[KernelLibrary, ...]:
    """Return the libraries with which a model made for `library` is to stay right, unless one alone is asked for."""
    return tuple(dict.fromkeys((*LIBRARIES.values(), library)))
