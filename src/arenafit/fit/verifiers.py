"""Gives a verifier the runtimes there are here, for as long as it is used."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

from arenafit.errors import RuntimeUnavailableError
from arenafit.fit.patience import invoke_cpu_seconds
from arenafit.fit.verification_inputs import compared_inputs, domains, lanes_for
from arenafit.fit.verify import Verifier
from arenafit.ir import Model
from arenafit.runtime import GeneratedInputs, TflmPool
from arenafit.runtime.agreement import COMPARED
from arenafit.runtime.jobs import RunLimits
from arenafit.runtime.litert import LiteRtPool
from arenafit.runtime.tflm import OtherWheel
from arenafit.runtime.wasm32 import Wasm32Runtime


@contextmanager
def verifier(workers: int = 1, *, model: Model | None = None, older: OtherWheel | None = None) -> Iterator[Verifier]:
    """Give a verifier whose child processes stay for the length of the context.

    With `model`, what is measured is given only what the operators of that model accept, and an Invoke is cut off that
    takes far more than they need; with `older`, outputs are compared in that wheel of TFLM, too.
    """
    measured_on = GeneratedInputs(domains=() if model is None else domains(model))
    limits = RunLimits(invoke_cpu_seconds=None if model is None else invoke_cpu_seconds(model))
    with ExitStack() as stack:
        try:
            tflm = stack.enter_context(TflmPool(workers, limits))
        except RuntimeUnavailableError as error:
            yield Verifier(None, _litert(stack, limits), str(error), measured_on, wasm32=_wasm32())
            return
        other = None if older is None else _older(stack, older, limits)
        judge = Verifier(tflm, _litert(stack, limits), "", measured_on, other)
        judge.lanes = workers if model is None else lanes_for(model, workers)
        if model is not None:
            judge.compared = replace(judge.compared, count=compared_inputs(model, COMPARED.count))
        yield judge


def _litert(stack: ExitStack, limits: RunLimits) -> LiteRtPool | None:
    with suppress(RuntimeUnavailableError):
        return stack.enter_context(LiteRtPool(1, replace(limits, arenas_bytes=(0,))))
    return None


def _wasm32() -> Wasm32Runtime | None:
    with suppress(RuntimeUnavailableError):
        return Wasm32Runtime()
    return None


def _older(stack: ExitStack, wheel: OtherWheel, limits: RunLimits) -> TflmPool | str:
    try:
        return stack.enter_context(TflmPool(1, limits, wheel=wheel))
    except RuntimeUnavailableError as error:
        return str(error)
