"""The OfflineMemoryAllocation metadata: offsets in the head that the file states, as TFLM reads them.

Mirrors AllocationInfoBuilder::GetOfflinePlannedOffsets of tensorflow/lite/micro/micro_allocation_info.cc (90b983c2):
little-endian int32 words [version, subgraphs, n, offset_1 .. offset_n] over the tensors of all subgraphs in file
order, -1 for a tensor that is planned at run time; only n is checked, words beyond the n offsets are not looked at.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arenafit.ir import OFFLINE_PLAN_METADATA, Model, TensorId

PLAN_VERSION = 1
_ONLINE = -1
_WORD_BYTES = 4
_HEADER_WORDS = 3


@dataclass(frozen=True, slots=True)
class OfflinePlan:
    """A plan as the file states it; `trailing` are the bytes after the last offset, `header` the first two words."""

    offsets_bytes: Mapping[TensorId, int]
    header: tuple[int, int]
    trailing: bytes


def parse_plan(raw: bytes, tensors: Sequence[TensorId]) -> OfflinePlan | str:
    """Return the plan in `raw` for the `tensors` of all graphs in file order, or one clause saying why it is none."""
    if len(raw) < _HEADER_WORDS * _WORD_BYTES:
        return f"it has {len(raw)} bytes, its header alone takes {_HEADER_WORDS * _WORD_BYTES}"
    version, graphs, count = struct.unpack_from("<3i", raw)
    if count != len(tensors):
        return f"it plans {count} tensors, the model has {len(tensors)}"
    end = (_HEADER_WORDS + count) * _WORD_BYTES
    if len(raw) < end:
        return f"it has {len(raw)} bytes, {count} offsets take {end}"
    offsets = struct.unpack_from(f"<{count}i", raw, _HEADER_WORDS * _WORD_BYTES)
    wrong = next((offset for offset in offsets if offset < _ONLINE), None)
    if wrong is not None:
        return f"it places a tensor at the negative offset {wrong}"
    placed = {tensor: offset for tensor, offset in zip(tensors, offsets, strict=True) if offset != _ONLINE}
    return OfflinePlan(placed, (version, graphs), raw[end:])


def pack_plan(plan: OfflinePlan, tensors: Sequence[TensorId]) -> bytes:
    """Return the metadata bytes of `plan` for the `tensors` of all graphs in file order."""
    offsets = [plan.offsets_bytes.get(tensor, _ONLINE) for tensor in tensors]
    return struct.pack(f"<{len(offsets) + _HEADER_WORDS}i", *plan.header, len(offsets), *offsets) + plan.trailing


def offline_plan_problem(model: Model) -> str | None:
    """Return why the file's OfflineMemoryAllocation metadata is no plan that arenafit can use; None if all is well.

    Such metadata stays in `Model.metadata` as raw bytes and `Model.offline_plan` is None. TFLM refuses a model whose
    metadata plans another number of tensors, and reads whatever else it finds.
    """
    raws = [data for name, data in model.metadata if name == OFFLINE_PLAN_METADATA]
    if not raws:
        return None
    if len(raws) > 1:
        return f"the file has {len(raws)} {OFFLINE_PLAN_METADATA} entries, arenafit reads a single one"
    parsed = parse_plan(raws[0], [tensor.id for tensor in model.all_tensors()])
    clause = parsed if isinstance(parsed, str) else "it is written as plain metadata"
    return f"the {OFFLINE_PLAN_METADATA} metadata is unusable: {clause}"
