"""Judges a rewritten model: the real TFLM and desktop LiteRT run it beside the original, bit for bit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from arenafit.ir import Model
from arenafit.rewrites.protocol import Claim, Validity
from arenafit.runtime import KINDS, GeneratedInputs, LiteRtPool, Measurement, Refusal, TflmPool
from arenafit.tflite import write_bytes

_FINITE = ("random", "min", "max", "zero", "edges")


@dataclass(frozen=True)
class Judges:
    """Both runtimes, their child processes kept for many models."""

    tflm: TflmPool
    litert: LiteRtPool

    def complaint(
        self,
        before: Model | bytes,
        after: Model | bytes,
        *,
        validity: Validity = Validity.TFLITE,
        count: int = 5,
        claim: Claim = Claim.BIT_EXACT,
    ) -> str | None:
        """Return how `after` differs from `before` over `count` input sets on one interpreter, None if it does not.

        A runtime that refuses the original has no say; one that refuses only the rewritten model complains. Of a
        claim for finite values, values are drawn that overflow nowhere.
        """
        return self.complaints(before, [after], validity=validity, count=count, claim=claim)[0]

    def complaints(
        self,
        before: Model | bytes,
        afters: Sequence[Model | bytes],
        *,
        validity: Validity = Validity.TFLITE,
        count: int = 5,
        claim: Claim = Claim.BIT_EXACT,
    ) -> list[str | None]:
        """Return the `complaint` about each of `afters`; the original runs once."""
        pools: list[TflmPool | LiteRtPool] = [self.tflm]
        if validity is Validity.TFLITE:
            pools.append(self.litert)
        inputs = GeneratedInputs(count, 7, KINDS if claim is Claim.BIT_EXACT else _FINITE)
        originals = [(pool, _digests(pool, before, inputs)) for pool in pools]
        heard = [(pool, original) for pool, original in originals if isinstance(original, Measurement)]
        return [
            next(filter(None, (_compare(pool, original, after, inputs) for pool, original in heard)), None)
            for after in afters
        ]

    def runs(self, model: Model) -> bool:
        """Whether TFLM runs `model`: a case nobody runs would prove nothing."""
        return isinstance(_digests(self.tflm, model, GeneratedInputs(1)), Measurement)


@contextmanager
def judges() -> Iterator[Judges]:
    """Yield both runtimes, one child process each."""
    with TflmPool(1) as tflm, LiteRtPool(1) as litert:
        yield Judges(tflm, litert)


def _compare(
    pool: TflmPool | LiteRtPool, original: Measurement, after: Model | bytes, inputs: GeneratedInputs
) -> str | None:
    found = _digests(pool, after, inputs)
    if isinstance(found, Refusal):
        return f"{pool.id.name} refuses it: {found.reason}"
    return None if found.digests == original.digests else f"{pool.id.name} computes something else"


def _digests(pool: TflmPool | LiteRtPool, model: Model | bytes, inputs: GeneratedInputs) -> Measurement | Refusal:
    content = model if isinstance(model, bytes) else write_bytes(model)
    return pool.measure(content, inputs=inputs, timeout_seconds=60)
