"""Names the channels that need not be computed: in which layers they are, and what they cost."""

from collections.abc import Iterator

from arenafit.ir import Model
from arenafit.report.documents.inspection import Driver
from arenafit.report.documents.inspection_head import op_row
from arenafit.rewrites import drop_channels
from arenafit.tflm import Footprint, footprint
from arenafit.units import format_size

_NAMED = 4


def dead_channels(model: Model, found: Footprint) -> Iterator[Driver]:
    """Yield the one driver of channels that can only hold one value or that nobody reads, if there are any.

    Its bytes are what the tail is smaller by without them; what else they cost stands beside.
    """
    for move in drop_channels.REWRITE.propose(model):
        made = drop_channels.REWRITE.apply(model, move)
        after = footprint(made, found.target, estimate=bool(found.estimated))
        gone = {
            op_id: model.tensors[model.ops[op_id].outputs[0]].shape[-1]
            - made.tensors[made.ops[op_id].outputs[0]].shape[-1]
            for op_id in move.where
        }
        largest = sorted(gone, key=lambda op_id: -gone[op_id])[:_NAMED]
        rows = ((op_row(model, op_id), gone[op_id]) for op_id in largest)
        named = ", ".join(f"{count:,} in {row.label}" for row, count in rows if row is not None)
        head = format_size(max(0, found.head_bytes - after.head_bytes))
        flash = format_size(max(0, _constant_bytes(model) - _constant_bytes(made)))
        yield Driver(
            "dead channels",
            max(0, found.tail_bytes - after.tail_bytes),
            f"{move.note}: {named}; they take {head} bytes of the head and {flash} of flash, too",
            "cutting them, which changes no result (arenafit fit does)",
        )


def _constant_bytes(model: Model) -> int:
    return sum(tensor.size_bytes for tensor in model.all_tensors() if tensor.is_constant)
