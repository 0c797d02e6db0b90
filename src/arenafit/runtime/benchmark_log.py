"""Reads the tables of TFLM's benchmark tool, so that it can be a runner as it is (tools/benchmarking, 90b983c2)."""

from __future__ import annotations

import re

from arenafit.runtime.log import RecordedArena
from arenafit.runtime.types import Category, Record

_TOTAL = re.compile(r"^.*\b(Total|NonPersistent|Persistent)\s*\|\s*(\d+)\s*\|\s*[\d.]+\s*$", re.MULTILINE)
_ROW = re.compile(
    r"^.*\b([A-Z][a-z]+(?: [a-z]+)+)\s*\|\s*\d+\s*\|\s*(\d+)\s*\|\s*(\d+)\s*\|\s*(\d+)\s*\|\s*[\d.]+\s*$", re.MULTILINE
)
_TITLES = {
    "Eval tensor data": Category.EVAL_TENSORS,
    "Persistent tensor data": Category.PERSISTENT_TENSORS,
    "Persistent quantization data": Category.PERSISTENT_QUANTIZATION,
    "Persistent buffer data": Category.PERSISTENT_BUFFERS,
    "Tensor variable buffer data": Category.VARIABLE_BUFFERS,
    "Node and registration array": Category.NODES,
    "Operation data": Category.OP_DATA,
}


def parse_benchmark(log: str) -> RecordedArena | None:
    """Return the arena of the tool's last tables "Arena" and "Allocations", or None when the totals are not there.

    The tool reserves room for 100 resource variables in the tail, whatever the model: 2,012 bytes on a 32-bit target,
    2,016 or 2,032 with alignment (and so in its row of persistent buffers), that an application does not pay.
    """
    totals = {match[1]: int(match[2]) for match in _TOTAL.finditer(log)}
    if set(totals) != {"Total", "NonPersistent", "Persistent"}:
        return None
    rows = {m[1]: (int(m[2]), int(m[3]), int(m[4])) for m in _ROW.finditer(log)}
    records = [Record(_TITLES.get(name, name), *numbers) for name, numbers in rows.items() if any(numbers[:2])]
    return RecordedArena(totals["Total"], totals["NonPersistent"], totals["Persistent"], tuple(records))
