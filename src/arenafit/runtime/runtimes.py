"""Runtimes that live in a child process: TFLM's wheel and desktop LiteRT, one at a time or a pool of them."""

from __future__ import annotations

import queue
from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from arenafit.runtime import jobs
from arenafit.runtime.host import Worker
from arenafit.runtime.inputs import GeneratedInputs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from arenafit.runtime.jobs import Inputs, RunLimits
    from arenafit.runtime.types import Measurement, ModelSource, Outputs, Refusal, RuntimeId
    from arenafit.runtime.wheel_env import WheelEnvironment


class ChildRuntime(ABC):
    """Measures and runs models in a child process; what the child does to itself becomes a `Refusal`."""

    def __init__(self, runtime_id: RuntimeId, limits: RunLimits) -> None:
        self.id = runtime_id
        self.limits = limits

    @abstractmethod
    def _lease(self) -> AbstractContextManager[Worker]:
        """Return a worker for the length of one job."""

    def measure(
        self,
        model: ModelSource,
        *,
        inputs: Inputs | None = None,
        invocations: int = 1,
        min_arena: bool = False,
        reset: bool = False,
        timeout_seconds: float | None = None,
    ) -> Measurement | Refusal:
        """Return what the runtime reports after allocating and invoking the model, or why it would not.

        Args:
            model: A path or the file's bytes.
            inputs: Input sets, or how to generate them; by default `invocations` random ones with seed 0.
            invocations: How many input sets to generate when `inputs` is not given.
            min_arena: Whether to look for the smallest working arena too (TFLM only).
            reset: Whether to put variable tensors and resource variables back to their start before each invocation;
                by default state carries over from one to the next, as on a device.
            timeout_seconds: Time for the whole job, the search for the smallest arena included.

        Raises:
            ModelFormatError: if the path cannot be read.
            DataError: if the inputs given are not the model's.
            RuntimeUnavailableError: if the child process does not start.
        """
        wanted = GeneratedInputs(invocations) if inputs is None else inputs
        content = jobs.read_model(model)
        limits = self.limits.within(timeout_seconds)
        with self._lease() as worker:
            return jobs.measure(worker, self.id, content, jobs.Wanted(wanted, reset, min_arena), limits)

    def run(
        self,
        model: ModelSource,
        batches: Inputs,
        *,
        reset: bool = False,
        timeout_seconds: float | None = None,
    ) -> Outputs | Refusal:
        """Return what the model computes for each input set, all invoked on one interpreter, in order.

        State that leaks from one invocation to the next therefore shows. Arguments and errors are those of `measure`.
        """
        content = jobs.read_model(model)
        limits = self.limits.within(timeout_seconds)
        with self._lease() as worker:
            return jobs.run(worker, self.id, content, jobs.Wanted(batches, reset), limits)


class OneShotRuntime(ChildRuntime):
    """Starts a child process for every call."""

    def __init__(
        self, module: str, runtime_id: RuntimeId, limits: RunLimits, *, environment: WheelEnvironment | None = None
    ) -> None:
        super().__init__(runtime_id, limits)
        self._module = module
        self._environment = environment

    def _lease(self) -> AbstractContextManager[Worker]:
        return Worker(self._module, self._environment)


class PooledRuntime(ChildRuntime):
    """Keeps child processes for many calls, each of which still runs in a fork of its own; calls may come from threads.

    A context manager: leaving it ends the children.
    """

    def __init__(
        self,
        module: str,
        runtime_id: RuntimeId,
        limits: RunLimits,
        workers: int,
        *,
        environment: WheelEnvironment | None = None,
    ) -> None:
        super().__init__(runtime_id, limits)
        self._workers = [Worker(module, environment) for _ in range(workers)]
        self._free: queue.LifoQueue[Worker] = queue.LifoQueue()
        for worker in self._workers:
            self._free.put(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the children."""
        for worker in self._workers:
            worker.close()

    @contextmanager
    def _lease(self) -> Iterator[Worker]:
        worker = self._free.get()
        try:
            yield worker
        except BaseException:
            # A call that was interrupted leaves half a reply behind.
            worker.close()
            raise
        finally:
            self._free.put(worker)
