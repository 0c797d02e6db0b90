"""The proof: the model before and after in the real TFLM, bit for bit; the smallest arena against the prediction."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from os import PathLike

from arenafit.errors import UnsupportedModelError
from arenafit.fit.differences import are_same, difference_of, short
from arenafit.fit.feeding.frames import Frames, run_whole
from arenafit.fit.finiteness import not_finite, with_floats_as_outputs
from arenafit.fit.lanes import at_once
from arenafit.fit.verdict import EQUAL_ON_LITERT, Verdict
from arenafit.fit.verification_inputs import VERIFIED_INPUTS
from arenafit.rewrites.protocol import Claim
from arenafit.runtime import KINDS, GeneratedInputs, Measurement, Outputs, Refusal, TflmPool
from arenafit.runtime.agreement import COMPARED, gross_difference
from arenafit.runtime.jobs import Inputs
from arenafit.runtime.litert import LiteRtPool
from arenafit.runtime.types import ModelSource, Stage
from arenafit.runtime.wasm32 import Wasm32Runtime

# A large model takes seconds an invocation, and the smallest arena is looked for by many; some loop forever.
_LEAST_TIMEOUT_SECONDS = 120.0
_TIMES_THE_FIRST = 100


class Verifier:
    """Runs models on the real TFLM and on LiteRT; where TFLM cannot be had it says so and checks nothing."""

    def __init__(
        self,
        tflm: TflmPool | None,
        litert: LiteRtPool | None,
        why_not: str,
        measured_on: GeneratedInputs | None = None,
        older: TflmPool | str | None = None,
        *,
        wasm32: Wasm32Runtime | None = None,
    ) -> None:
        """Use these runtimes.

        `why_not` says why TFLM is missing, `measured_on` what models are measured on; `older` is another TFLM to
        compare in, or says why it is missing; `wasm32` stands in for TFLM where that is missing.
        """
        self._wasm32 = wasm32
        self._older = older
        self._measured_on = measured_on or GeneratedInputs()
        self._tflm = tflm
        self._litert = litert
        self._why_not = why_not
        self.compared = replace(COMPARED, domains=self._measured_on.domains)
        self._timeout_seconds = _LEAST_TIMEOUT_SECONDS
        self.lanes = 1  # runs at once
        self._ran: tuple[bytes, Inputs, Outputs] | None = None
        self._measured: dict[tuple[bytes, bool], Measurement | Refusal] = {}

    @property
    def available(self) -> bool:
        """Whether models can be measured here."""
        return self._tflm is not None

    @property
    def runtime(self) -> str:
        """Which TFLM runs models here, or why none does."""
        return self._why_not if self._tflm is None else f"{self._tflm.id.name} {self._tflm.id.version}"

    def run(self, model: bytes, inputs: Inputs, fed: Frames | None = None) -> Outputs | Refusal | None:
        """Return what TFLM computes for each input set, by rows if it is `fed` so; None where it cannot be run."""
        return None if self._tflm is None else run_whole(self._tflm, model, inputs, fed, self._timeout_seconds)

    def measure(
        self, model: ModelSource, *, min_arena: bool = False, fed: Frames | None = None
    ) -> Measurement | Refusal | None:
        """Return what TFLM says of a model; None where it cannot be run. How long it takes sets later time limits.

        The older TFLM is asked where there is one and it runs the model: memory is that of the TFLM named. A model that
        is `fed` by rows is run for a whole frame. The smallest arena of a model is looked for once.
        """
        if self._tflm is None:
            return None
        key = None if isinstance(model, str | PathLike) or not min_arena else (bytes(model), fed is not None)
        if key in self._measured:
            return self._measured[key]
        began = time.monotonic()
        inputs = self._measured_on if fed is None else fed.calls(fed.drawn(1))
        older = self._older if isinstance(self._older, TflmPool) else self._tflm
        found = older.measure(model, inputs=inputs, min_arena=min_arena, timeout_seconds=self._timeout_seconds)
        if isinstance(found, Refusal) and older is not self._tflm:
            found = self._tflm.measure(model, inputs=inputs, min_arena=min_arena, timeout_seconds=self._timeout_seconds)
        if isinstance(found, Measurement):
            self._timeout_seconds = max(self._timeout_seconds, _TIMES_THE_FIRST * (time.monotonic() - began))
        if key is not None:
            self._measured[key] = found
        return found

    def disagreement(self, original: bytes) -> str | None:
        """Return in one clause how TFLM differs from LiteRT on the original beyond rounding; None if it does not.

        Raises:
            UnsupportedModelError: if the model does not end in TFLM: it would not later either.
        """
        if self._tflm is None or self._litert is None:
            return None
        found = self._tflm.run(original, self.compared, timeout_seconds=self._timeout_seconds)
        if isinstance(found, Refusal) and found.stage is Stage.TIMEOUT:
            raise _refused(found)
        meant = self._litert.run(original, self.compared, timeout_seconds=self._timeout_seconds)
        if isinstance(meant, Refusal) or isinstance(found, Refusal):
            return None
        return gross_difference(meant, found)

    def verify(
        self,
        original: bytes,
        fitted: bytes,
        inputs: "Inputs | None" = None,
        *,
        claim: Claim = Claim.BIT_EXACT,
        desktop: bool = True,
        fed: Frames | None = None,
    ) -> Verdict:
        """Return whether `fitted` computes what `original` does, as far as is claimed.

        Args:
            original: the model as it came.
            fitted: the model to judge.
            inputs: what to run both on; by default generated inputs of every kind.
            claim: bit-exact, or equal wherever no float tensor of the original holds an infinity or a NaN.
            desktop: compare on LiteRT too, if the original runs there.
            fed: how `fitted` is fed by rows, if it is: its outputs are looked at after the last Invoke of each frame.

        Raises:
            UnsupportedModelError: if TFLM does not run the original, so that there is nothing to compare with.
        """
        if self._tflm is None:
            return self._in_part(original, fitted, inputs, claim, desktop=desktop, by_rows=fed is not None)
        inputs = GeneratedInputs(VERIFIED_INPUTS, 0, KINDS) if inputs is None else inputs
        count = inputs.count if isinstance(inputs, GeneratedInputs) else len(inputs)
        on_litert = partial(self._on_litert, original, fitted, inputs)
        runs: list[Callable[[], Outputs | Refusal]] = [
            partial(self._original, self._tflm, original, inputs),
            partial(run_whole, self._tflm, fitted, inputs, fed, self._timeout_seconds),
        ]
        there: list[Outputs | Refusal] | None = None
        if desktop and self.lanes > 1 and self._litert is not None:
            before, after, *there = at_once([*runs, *on_litert()], self.lanes)
        else:
            before, after = at_once(runs, self.lanes)
        assert isinstance(before, Outputs)  # noqa: S101 - else it was raised
        spared = frozenset[int]()
        difference = difference_of(before, after, "TFLM", spared)
        if difference is not None and claim is Claim.EQUAL_FOR_FINITE:
            spared = self.not_finite(original, inputs)
            difference = difference_of(before, after, "TFLM", spared)
        litert = "not asked for"
        if difference is None and desktop:
            shown = there or [run() for run in on_litert()]
            litert = self._desktop(shown, self._spared_there(original, inputs, claim, spared))
            if litert.startswith("differs"):
                difference = f"LiteRT {litert}"
        older = None
        if difference is None and self._older is not None:
            older, difference = self._in_older(original, fitted, inputs, spared, fed)
        measured = self.measure(fitted, min_arena=True, fed=fed) if difference is None else None
        if isinstance(measured, Refusal):
            difference = f"TFLM refuses it while it is measured: {measured.reason}"
        sizes = (measured.total_bytes, measured.min_arena_bytes) if isinstance(measured, Measurement) else (None, None)
        declared = sum(not are_same(before, after, batch) for batch in spared)
        by = measured.runtime if isinstance(measured, Measurement) else None
        return Verdict(
            verified=True,
            difference=difference,
            inputs=count,
            litert=litert,
            total_bytes=sizes[0],
            min_arena_bytes=sizes[1],
            runtime=self.runtime,
            claim=claim.value,
            declared=declared,
            older=older,
            measured_on=None if by is None else f"{by.name} {by.version}",
        )

    def _original(self, tflm: TflmPool, original: bytes, inputs: Inputs) -> Outputs:
        """Return what the model computes as it came, or raise that it does not run; the same inputs are run once."""
        if self._ran is not None and self._ran[0] is original and self._ran[1] is inputs:
            return self._ran[2]
        found = tflm.run(original, inputs, timeout_seconds=self._timeout_seconds)
        if isinstance(found, Refusal):
            raise _refused(found)
        self._ran = (original, inputs, found)
        return found

    def _on_litert(self, original: bytes, fitted: bytes, inputs: Inputs) -> list[Callable[[], Outputs | Refusal]]:
        if self._litert is None:
            return []
        run = partial(self._litert.run, timeout_seconds=self._timeout_seconds)
        return [partial(run, original, inputs), partial(run, fitted, inputs)]

    def _in_part(
        self, original: bytes, fitted: bytes, inputs: "Inputs | None", claim: Claim, *, desktop: bool, by_rows: bool
    ) -> Verdict:
        """Compare where the tflite-micro wheel cannot be run: in LiteRT's reference kernels and in TFLM in wasm32."""
        inputs = GeneratedInputs(VERIFIED_INPUTS, 0, KINDS) if inputs is None else inputs
        count = inputs.count if isinstance(inputs, GeneratedInputs) else len(inputs)
        litert = "not compared: a model for TFLM alone does not run on LiteRT"
        if desktop:
            litert = self._desktop([run() for run in self._on_litert(original, fitted, inputs)], frozenset)
        # Without TFLM nobody looks where infinities and NaN arise: a difference there counts, too.
        difference = f"LiteRT {litert}" if litert.startswith("differs") else None
        wasm32 = None
        if difference is None and self._wasm32 is not None and by_rows:
            wasm32 = "not compared: its tool invokes once, and a frame takes several Invokes"
        elif difference is None and self._wasm32 is not None:
            wasm32 = self._wasm32.compare(original, fitted, timeout_seconds=self._timeout_seconds)
            difference = f"TFLM in wasm32 {wasm32}" if wasm32.startswith("differs") else None
        compared = 0 if litert.startswith("not compared") else count
        return Verdict(False, difference, compared, litert, None, None, self._why_not, claim.value, 0, wasm32=wasm32)

    def _in_older(
        self, original: bytes, fitted: bytes, inputs: "Inputs", spared: Collection[int], fed: Frames | None
    ) -> tuple[str, str | None]:
        """Return what the older TFLM says, and how the fitted model differs there."""
        if self._older is None or isinstance(self._older, str):
            return f"not compared: {self._older}", None
        name = f"{self._older.id.name} {self._older.id.version}"
        before = self._older.run(original, inputs, timeout_seconds=self._timeout_seconds)
        if isinstance(before, Refusal):
            return f"not compared: {name} refuses the original ({short(before.reason)})", None
        after = run_whole(self._older, fitted, inputs, fed, self._timeout_seconds)
        difference = difference_of(before, after, name, spared)
        return (f"equal on {name}", None) if difference is None else (f"differs: {difference}", f"{name}: {difference}")

    def _spared_there(
        self, original: bytes, inputs: Inputs, claim: Claim, spared: frozenset[int]
    ) -> Callable[[], frozenset[int]]:
        """Return what finds the inputs that a claim for finite values leaves out, looked for when it matters."""
        if claim is Claim.BIT_EXACT:
            return frozenset
        return lambda: spared or self.not_finite(original, inputs)

    def not_finite(self, original: bytes, inputs: Inputs) -> frozenset[int]:
        """Return the inputs on which some float tensor of the original's main graph holds an infinity or a NaN."""
        if self._tflm is None:
            return frozenset()
        shown = self._tflm.run(with_floats_as_outputs(original), inputs, timeout_seconds=self._timeout_seconds)
        return frozenset() if isinstance(shown, Refusal) else frozenset(not_finite(shown))

    def _desktop(self, shown: Sequence[Outputs | Refusal], spared: Callable[[], frozenset[int]]) -> str:
        """Return what LiteRT says of both models, by what they computed there."""
        if not shown:
            return "not compared: ai-edge-litert is not installed"
        before, after = shown
        if isinstance(before, Refusal):
            return f"not compared: LiteRT refuses the original ({short(before.reason)})"
        difference = difference_of(before, after, "LiteRT", frozenset())
        if difference is not None:
            difference = difference_of(before, after, "LiteRT", spared())
        return EQUAL_ON_LITERT if difference is None else f"differs: {difference}"


def _refused(found: Refusal) -> UnsupportedModelError:
    return UnsupportedModelError(f"TFLM refuses the model as it is ({found.stage.value}): {found.reason}")
