"""The proof: the model before and after in the real TFLM, bit for bit; the smallest arena against the prediction."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from arenafit.errors import RuntimeUnavailableError, VerificationError
from arenafit.runtime import GeneratedInputs, Measurement, Outputs, Refusal, TflmPool
from arenafit.runtime.agreement import COMPARED, gross_difference
from arenafit.runtime.compare import first_difference
from arenafit.runtime.litert import LiteRtPool
from arenafit.runtime.types import ModelSource

# Random inputs and the ends of the range, all on one interpreter, so that state that leaks shows.
VERIFIED_INPUTS = 12
_KINDS = ("random", "min", "max", "zero")
# A large model takes seconds an invocation, and the smallest arena is looked for by many; some loop forever.
_LEAST_TIMEOUT_SECONDS = 120.0
_TIMES_THE_FIRST = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """What running both models showed.

    `difference` says in one line how the fitted model differs or why it did not run; None if it agrees. `litert` is
    "equal", why it was not compared, or how it differs. Measured sizes are None where TFLM cannot be run.
    """

    verified: bool
    difference: str | None
    inputs: int
    litert: str
    total_bytes: int | None
    min_arena_bytes: int | None
    runtime: str

    @property
    def accepted(self) -> bool:
        """Whether nothing speaks against the model."""
        return self.difference is None


class Verifier:
    """Runs models on the real TFLM and on LiteRT; where TFLM cannot be had it says so and checks nothing."""

    def __init__(self, tflm: TflmPool | None, litert: LiteRtPool | None, why_not: str) -> None:
        """Use these runtimes; `why_not` says why TFLM is missing."""
        self._tflm = tflm
        self._litert = litert
        self._why_not = why_not
        self._timeout_seconds = _LEAST_TIMEOUT_SECONDS

    @property
    def available(self) -> bool:
        """Whether models can be measured here."""
        return self._tflm is not None

    def measure(self, model: ModelSource, *, min_arena: bool = False) -> Measurement | Refusal | None:
        """Return what TFLM says of a model; None where it cannot be run. How long it takes sets later time limits."""
        if self._tflm is None:
            return None
        began = time.monotonic()
        found = self._tflm.measure(model, min_arena=min_arena, timeout_seconds=self._timeout_seconds)
        if isinstance(found, Measurement):
            self._timeout_seconds = max(self._timeout_seconds, _TIMES_THE_FIRST * (time.monotonic() - began))
        return found

    def disagreement(self, original: bytes) -> str | None:
        """Return in one clause how TFLM differs from LiteRT on the original beyond rounding; None if it does not."""
        if self._tflm is None or self._litert is None:
            return None
        meant = self._litert.run(original, COMPARED, timeout_seconds=self._timeout_seconds)
        found = self._tflm.run(original, COMPARED, timeout_seconds=self._timeout_seconds)
        if isinstance(meant, Refusal) or isinstance(found, Refusal):
            return None
        return gross_difference(meant, found)

    def verify(
        self, original: bytes, fitted: bytes, *, inputs: int = VERIFIED_INPUTS, seed: int = 0, desktop: bool = True
    ) -> Verdict:
        """Return whether `fitted` computes what `original` does; `desktop`: on LiteRT too, if the original runs there.

        Raises:
            VerificationError: if TFLM does not run the original, so that there is nothing to compare with.
        """
        if self._tflm is None:
            return Verdict(False, None, 0, "not compared", None, None, self._why_not)
        batches = GeneratedInputs(inputs, seed, _KINDS)
        name = f"{self._tflm.id.name} {self._tflm.id.version}"
        before = self._tflm.run(original, batches, timeout_seconds=self._timeout_seconds)
        if isinstance(before, Refusal):
            raise VerificationError(f"TFLM does not run the original on {inputs} inputs: {before.reason}")
        after = self._tflm.run(fitted, batches, timeout_seconds=self._timeout_seconds)
        difference = _difference(before, after, "TFLM")
        litert = "not asked for"
        if difference is None and desktop:
            litert = self._desktop(original, fitted, batches)
            if litert.startswith("differs"):
                difference = f"LiteRT {litert}"
        measured = self.measure(fitted, min_arena=True) if difference is None else None
        if isinstance(measured, Refusal):
            difference = f"TFLM refuses it while it is measured: {measured.reason}"
        sizes = (measured.total_bytes, measured.min_arena_bytes) if isinstance(measured, Measurement) else (None, None)
        return Verdict(True, difference, inputs, litert, *sizes, name)

    def _desktop(self, original: bytes, fitted: bytes, batches: GeneratedInputs) -> str:
        if self._litert is None:
            return "not compared: ai-edge-litert is not installed"
        before = self._litert.run(original, batches, timeout_seconds=self._timeout_seconds)
        if isinstance(before, Refusal):
            return f"not compared: LiteRT refuses the original ({_short(before.reason)})"
        after = self._litert.run(fitted, batches, timeout_seconds=self._timeout_seconds)
        difference = _difference(before, after, "LiteRT")
        return "equal" if difference is None else f"differs: {difference}"


@contextmanager
def verifier(workers: int = 1) -> Iterator[Verifier]:
    """Give a verifier whose child processes stay for the length of the context."""
    with ExitStack() as stack:
        try:
            tflm = stack.enter_context(TflmPool(workers))
        except RuntimeUnavailableError as error:
            yield Verifier(None, None, str(error))
            return
        try:
            litert = stack.enter_context(LiteRtPool(1))
        except RuntimeUnavailableError:
            litert = None
        yield Verifier(tflm, litert, "")


def _difference(before: Outputs, after: Outputs | Refusal, where: str) -> str | None:
    if isinstance(after, Refusal):
        return f"{where} refuses it: {_short(after.reason)}"
    found = first_difference(before, after)
    return None if found is None else str(found)


def _short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:117]}..."
