"""The processors and builds whose instructions are predicted."""

from enum import Enum

from arenafit.targets.target import Target


class Core(Enum):
    """A processor with the kernels it runs; the value names its coefficient files in `data/`."""

    M4_REFERENCE = "m4_reference"
    M4_CMSIS_NN = "m4_cmsis_nn"
    M55_CMSIS_NN = "m55_cmsis_nn"

    @property
    def has_cmsis_nn(self) -> bool:
        """Whether CMSIS-NN kernels stand in for the reference ones where it has them."""
        return self is not Core.M4_REFERENCE

    @property
    def has_mve(self) -> bool:
        """Whether the kernels use Helium vectors (MVE)."""
        return self is Core.M55_CMSIS_NN


_TITLES = {
    Core.M4_REFERENCE: "Cortex-M4 with reference kernels",
    Core.M4_CMSIS_NN: "Cortex-M4 with CMSIS-NN",
    Core.M55_CMSIS_NN: "Cortex-M55 with CMSIS-NN",
}


def core_title(name: str) -> str:
    """Return how the core of this name, as documents hold it, is called to people."""
    return _TITLES[Core(name)]


class Build(Enum):
    """How TFLM was compiled; index assertions stand in the inner loops of its reference kernels."""

    RELEASE = "release"  # -DNDEBUG: what a firmware ships
    ASSERTIONS = "assertions"  # TFLM's default build


def core_of(target: Target) -> Core:
    """Return the core whose instructions stand for `target`.

    Reference kernels are counted on a Cortex-M4, whatever the target's own instruction set: for other processors the
    figures serve as ratios between plans only.
    """
    return Core(target.kernels.priced_as)
