"""The hand-over replayed in the real TFLM: what each part makes is what the next one reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from arenafit.errors import VerificationError
from arenafit.fit.feeding.frames import frames_of
from arenafit.fit.verify import Verifier
from arenafit.rewrites.protocol import Claim
from arenafit.runtime import GeneratedInputs, Outputs, Refusal
from arenafit.runtime.compare import first_difference
from arenafit.runtime.jobs import Inputs
from arenafit.tflite import read_bytes


@dataclass(frozen=True, slots=True)
class Replay:
    """What the replay showed. `inputs` is 0 where TFLM cannot be run; `runtime` then says why."""

    inputs: int
    difference: str | None
    runtime: str
    declared: int = 0  # inputs on which infinities or NaN arise and the outputs differ, as the claim allows

    @property
    def verified(self) -> bool:
        """Whether the parts were run, and computed what the whole model does."""
        return self.inputs > 0 and self.difference is None


def replay(judge: Verifier, original: bytes, parts: Sequence[bytes], inputs: Inputs, claim: Claim) -> Replay:
    """Return whether `parts`, each fed with what the one before made, compute what `original` does.

    Args:
        judge: runs models.
        original: the whole model.
        parts: its parts in order.
        inputs: what the original and the first part are run on, each on one interpreter; arrays if the first part is
            fed by rows, which gets them so.
        claim: bit-exact, or equal wherever no float tensor of the original holds an infinity or a NaN.

    Raises:
        VerificationError: if TFLM does not run the original.
    """
    if not judge.available:
        return Replay(0, None, judge.runtime)
    count = inputs.count if isinstance(inputs, GeneratedInputs) else len(inputs)
    before = judge.run(original, inputs)
    if not isinstance(before, Outputs):
        raise VerificationError(f"TFLM does not run the original on {count} inputs: {_why(before)}")
    handed: Inputs = inputs
    after = before
    for number, part in enumerate(parts, start=1):
        made = judge.run(part, handed, frames_of(read_bytes(part, f"part {number}")))
        if not isinstance(made, Outputs):
            return Replay(count, f"part {number}: {_why(made)}", judge.runtime)
        after, handed = made, made.batches
    spared: frozenset[int] = frozenset()
    found = first_difference(before, after)
    if found is not None and claim is Claim.EQUAL_FOR_FINITE:
        spared = judge.not_finite(original, inputs)
        found = first_difference(before, after, spared)
    declared = sum(
        any(one.tobytes() != other.tobytes() for one, other in zip(before.batches[i], after.batches[i], strict=True))
        for i in spared
    )
    return Replay(count, None if found is None else str(found), judge.runtime, declared)


def _why(found: Refusal | None) -> str:
    return "TFLM cannot be run here" if found is None else f"TFLM refuses it: {found.reason}"
