"""What running a model before and after showed, and how far that proves it."""

from dataclasses import dataclass

from arenafit.rewrites.protocol import Claim
from arenafit.runtime.wasm32 import EQUAL_ON_WASM32

# With its built-in optimised kernels, or XNNPACK's, the last bits of floats differ, in the original as well.
EQUAL_ON_LITERT = "equal (its reference kernels)"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What running both models showed.

    `claim` is what was checked. `difference` says in one line how the fitted model differs against it, or why it did
    not run; None if it agrees. `declared` counts the inputs on which infinities or NaN arise inside the model and the
    outputs differ, as a claim for finite values allows. `litert` is "equal", with which kernels, why it was not
    compared, or how it differs. Measured sizes are None where the tflite-micro wheel cannot be run; `wasm32` is then
    what TFLM compiled to wasm32 said, if that is installed.
    """

    verified: bool
    difference: str | None
    inputs: int
    litert: str
    total_bytes: int | None
    min_arena_bytes: int | None
    runtime: str
    claim: str = Claim.BIT_EXACT.value
    declared: int = 0
    older: str | None = None  # what the wheel of the TFLM that was named said; None where none was named
    wasm32: str | None = None
    measured_on: str | None = None  # which TFLM the sizes are of: that of the TFLM named, where it runs

    @property
    def proof(self) -> str:
        """How far it is proven: "verified" in TFLM, "verified in part" in LiteRT or wasm32 alone, or "not verified"."""
        if self.verified:
            return "verified"
        if self.difference is not None:
            return "not verified"
        there = self.wasm32 is not None and self.wasm32.startswith(EQUAL_ON_WASM32)
        return "verified in part" if there or self.litert == EQUAL_ON_LITERT else "not verified"

    @property
    def accepted(self) -> bool:
        """Whether nothing speaks against the model."""
        return self.difference is None
