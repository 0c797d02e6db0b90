"""Replays where TFLM will put scratch buffers, and checks that none lands on bytes whose content still matters.

TFLM plans scratch buffers around the offline plan by its own lifetimes, which know neither the state of a loop nor
views without producer. This check knows when contents matter (`layout.timeline`), operator by operator inside
loops.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from arenafit.ir import Model, OpId, TensorId
from arenafit.layout.content_lifetimes import Timeline, timeline
from arenafit.planning.problem import Interval
from arenafit.targets.libraries import KernelLibrary, relied_on_with
from arenafit.targets.target import Target
from arenafit.tflm.head_problem import Head, heads
from arenafit.tflm.kernel_requests import overruns_bytes


@dataclass(frozen=True, slots=True)
class ScratchConflict:
    """A scratch buffer that would overwrite a tensor while its content matters."""

    kernels: KernelLibrary
    op: OpId
    what: str
    tensor: TensorId


def scratch_conflicts(
    model: Model, target: Target, libraries: Iterable[KernelLibrary] | None = None
) -> Iterator[ScratchConflict]:
    """Yield every conflict of `model` on `target` built with each of `libraries`.

    By default these are all that a model made for the target is to stay right with.

    Raises:
        UnsupportedModelError: as `heads`.
    """
    times = timeline(model, unset=_overlaid(model))
    wanted = tuple(relied_on_with(target.kernels) if libraries is None else libraries)
    # The tail has no say in where anything of the head lies.
    for library, found in zip(wanted, heads(model, [replace(target, kernels=item) for item in wanted]), strict=True):
        yield from _conflicts(found, times, library)


def _conflicts(found: Head, times: Timeline, library: KernelLibrary) -> Iterator[ScratchConflict]:
    overruns = overruns_bytes(found.asked)
    tensors = [item for item in found.plan if item.buffer.tensor is not None]
    for scratch in found.plan:
        op = scratch.buffer.op
        if scratch.buffer.tensor is not None or op is None or op not in times.runs:
            continue
        # Which of an operator's buffers is the last the plan does not say: any may be the one that is too small.
        scratch_end = scratch.offset_bytes + scratch.buffer.size_bytes + overruns.get(op, 0)
        for item in tensors:
            tensor = item.buffer.tensor
            end = item.offset_bytes + item.buffer.size_bytes
            apart = end <= scratch.offset_bytes or scratch_end <= item.offset_bytes
            if tensor is None or apart or not _matters(times, tensor, times.runs[op]):
                continue
            yield ScratchConflict(library, op, scratch.buffer.what, tensor)


def _overlaid(model: Model) -> frozenset[TensorId]:
    """Return the variables that other tensors are planned over: they keep nothing from one run to the next."""
    spans = [
        (tensor, offset, offset + tensor.size_bytes)
        for tensor in model.all_tensors()
        if (offset := (model.offline_plan or {}).get(tensor.id)) is not None
    ]
    return frozenset(
        tensor.id
        for tensor, first, end in spans
        if tensor.is_variable
        and any(first < other_end and other_first < end for other, other_first, other_end in spans if other != tensor)
    )


def _matters(times: Timeline, tensor: TensorId, run: Interval) -> bool:
    return any(interval.overlaps(run) for interval in times.live.get(tensor, ()))
