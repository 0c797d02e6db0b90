"""The kernel libraries that TFLM is built with: each a family, what of the processor it uses, and its version.

A kernel file maps a family to what its kernels ask for (`kernels.protocol.Kernel.libraries`) and a library to what they
permit besides (`kernels.sharing.Sharing.only`). A new library is an entry of `LIBRARIES`, its formulas in a module of
kernels/, and a mapping entry in the kernel files of the operators that it has kernels of its own for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from arenafit.errors import TargetError

Version = tuple[int, int, int]


class KernelFamily(Enum):
    """Whose kernels they are; kernel files map families to what the kernels ask for."""

    REFERENCE = "reference"
    CMSIS_NN = "cmsis-nn"
    ESP_NN = "esp-nn"

    __hash__ = object.__hash__


class Feature(Enum):
    """What of the processor a library's kernels use."""

    DSP = "dsp"  # Armv7E-M, Armv8-M DSP extension
    MVE = "mve"  # Helium
    ESP32S3 = "esp32s3"  # vector instructions of the Xtensa LX7 in the ESP32-S3
    ESP32P4 = "esp32p4"  # PIE, the vector instructions of the ESP32-P4's RISC-V cores

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class KernelLibrary:
    """Which kernels TFLM was built with; scratch and persistent sizes differ.

    `priced_as` names the core of costs/ whose instructions stand for the library's, `is_stand_in` whether they are
    those of other kernels. `version` is that of the library itself, None where the TFLM release decides.
    """

    name: str
    family: KernelFamily
    priced_as: str
    features: frozenset[Feature] = frozenset()
    version: Version | None = None
    is_stand_in: bool = False

    @property
    def base(self) -> "KernelLibrary":
        """The library in the newest version known: rules hold for all versions."""
        return LIBRARIES[self.name.partition("@")[0]]

    def has(self, feature: Feature) -> bool:
        """Whether the kernels use this of the processor."""
        return feature in self.features


# The versions of esp-nn whose sources were read; the last is what a name without a version means.
ESP_NN_VERSIONS: tuple[Version, ...] = (
    (1, 1, 0),
    (1, 1, 1),
    (1, 1, 2),
    (1, 2, 0),
    (1, 2, 1),
    (1, 2, 2),
    (1, 2, 3),
)


def _esp_nn(name: str, priced_as: str, *features: Feature) -> KernelLibrary:
    return KernelLibrary(
        name, KernelFamily.ESP_NN, priced_as, frozenset(features), ESP_NN_VERSIONS[-1], is_stand_in=True
    )


REFERENCE = KernelLibrary("reference", KernelFamily.REFERENCE, "m4_reference")
# Cortex-M0, M0+, M3, and M33 without the DSP extension
CMSIS_NN = KernelLibrary("cmsis-nn", KernelFamily.CMSIS_NN, "m4_cmsis_nn", is_stand_in=True)
# Cortex-M4, M7, M33 with the DSP extension
CMSIS_NN_DSP = KernelLibrary("cmsis-nn-dsp", KernelFamily.CMSIS_NN, "m4_cmsis_nn", frozenset({Feature.DSP}))
# Cortex-M55, M85 with Helium
CMSIS_NN_MVE = KernelLibrary(
    "cmsis-nn-mve", KernelFamily.CMSIS_NN, "m55_cmsis_nn", frozenset({Feature.DSP, Feature.MVE})
)
# ESP32, ESP32-S2, C3, C6, H2: generic C. The others have vector instructions, for which those of Helium stand.
ESP_NN = _esp_nn("esp-nn", "m4_cmsis_nn")
ESP_NN_S3 = _esp_nn("esp-nn-s3", "m55_cmsis_nn", Feature.ESP32S3)
ESP_NN_P4 = _esp_nn("esp-nn-p4", "m55_cmsis_nn", Feature.ESP32P4)

LIBRARIES: Mapping[str, KernelLibrary] = {
    library.name: library for library in (REFERENCE, CMSIS_NN, CMSIS_NN_DSP, CMSIS_NN_MVE, ESP_NN, ESP_NN_S3, ESP_NN_P4)
}


def find_library(name: str) -> KernelLibrary:
    """Return the library of this name; ``esp-nn-s3@1.2.1`` is a version other than the newest known.

    Raises:
        TargetError: if there is none, or not of this version.
    """
    plain, at, version = name.partition("@")
    if plain not in LIBRARIES:
        raise TargetError(f"there is no kernel library '{plain}': known are {', '.join(LIBRARIES)}")
    library = LIBRARIES[plain]
    if not at:
        return library
    if library.version is None:
        raise TargetError(f"the kernel library '{plain}' has no versions of its own: leave out '@{version}'")
    known = {".".join(str(part) for part in found): found for found in ESP_NN_VERSIONS}
    if version not in known:
        raise TargetError(f"'{plain}' is not known in version '{version}': known are {', '.join(known)}")
    return replace(library, name=name, version=known[version])


def relied_on_with(library: KernelLibrary) -> tuple[KernelLibrary, ...]:
    """Return the libraries with which a model made for `library` is to stay right, unless one alone is asked for.

    These are the reference kernels, the most common libraries of its processors' maker, and itself.
    """
    others = (ESP_NN,) if library.family is KernelFamily.ESP_NN else (CMSIS_NN_DSP, CMSIS_NN_MVE)
    return tuple(dict.fromkeys((REFERENCE, *others, library)))
