"""Tries one choice of precisions: build it, run it in the real TFLM, score it against the float model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from arenafit.accuracy.classifiers import is_classifier
from arenafit.accuracy.execution import Execution, execute
from arenafit.accuracy.samples import output_ports
from arenafit.accuracy.scores import OutputScore, score, worst_drop
from arenafit.costs import Core, core_of, estimate
from arenafit.errors import UnsupportedModelError
from arenafit.quantize.build import Style, build
from arenafit.runtime import Refusal
from arenafit.targets.target import Abi
from arenafit.tflm.footprints import footprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arenafit.accuracy.execution import Runtime
    from arenafit.accuracy.precision import Precision
    from arenafit.accuracy.samples import Samples
    from arenafit.costs import Cost
    from arenafit.ir import Model, OpId
    from arenafit.quantize.build import Built, Calibrated
    from arenafit.targets.target import Target


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One choice as it turned out: the model, what TFLM said of it, how far its outputs are from the float model's.

    `predicted_bytes` is the smallest arena on the target asked for, None without one; `cost` the estimated work of one
    invocation there, or on a Cortex-M4 with CMSIS-NN without one.
    """

    built: Built
    execution: Execution
    scores: tuple[OutputScore, ...]
    predicted_bytes: int | None
    cost: Cost

    @property
    def arena_bytes(self) -> int:
        """What a choice is priced by: the arena on the target, else head and tail as measured here."""
        if self.predicted_bytes is not None:
            return self.predicted_bytes
        return self.execution.measurement.total_bytes or 0

    @property
    def drop(self) -> float:
        """The greatest loss of any output, as a fraction (see `OutputScore.drop`)."""
        return worst_drop(self.scores)


class TrialRunner:
    """Holds what every trial of a model shares: calibration, the samples to judge by, the float model's outputs."""

    def __init__(
        self,
        source: Calibrated,
        runtime: Runtime,
        samples: Samples,
        *,
        style: Style | None = None,
        target: Target | None = None,
    ) -> None:
        """Run the float model once on `samples`; with `target`, arenas are predicted for it.

        Raises:
            UnsupportedModelError: if TFLM refuses the float model.
        """
        self.source = source
        self.runtime = runtime
        self.samples = samples
        self.style = style or Style()
        self.target = target
        self.names = tuple(port.name for port in output_ports(source.model))
        self.classifiers = tuple(is_classifier(source.model, tensor) for tensor in source.model.main.outputs)
        found = execute(runtime, source.model, samples)
        if isinstance(found, Refusal):
            raise UnsupportedModelError(f"TFLM does not run the float model ({found.stage.value}): {found.reason}")
        self.float_execution = found

    def on(self, samples: Samples) -> TrialRunner:
        """Return a runner for the same model and other samples."""
        return TrialRunner(self.source, self.runtime, samples, style=self.style, target=self.target)

    def predicted_bytes(self, model: Model) -> int | None:
        """Return the smallest arena `model` needs on the runner's target, None without one.

        Raises:
            UnsupportedModelError: if arenafit does not know what an operator needs there.
        """
        return None if self.target is None else footprint(model, self.target).min_arena_bytes

    def cost(self, model: Model) -> Cost:
        """Return the estimated instructions of one invocation of `model`."""
        target = self.target
        return estimate(model, Core.M4_CMSIS_NN if target is None or target.abi is Abi.LP64 else core_of(target))

    def try_out(self, wanted: Mapping[OpId, Precision]) -> Trial:
        """Return what the choice gives.

        Raises:
            UnsupportedModelError: if it cannot be built, or TFLM refuses the result.
        """
        built = build(self.source, wanted, self.style)
        found = execute(self.runtime, built.model, self.samples)
        if isinstance(found, Refusal):
            raise UnsupportedModelError(f"TFLM refuses the quantised model ({found.stage.value}): {found.reason}")
        scores = score(self.float_execution.outputs, found.outputs, self.samples, self.names, self.classifiers)
        return Trial(built, found, scores, self.predicted_bytes(built.model), self.cost(built.model))
