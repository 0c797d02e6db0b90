"""Finds resource variables that hold the last rows of a stream: read, joined with new rows, cut and written back."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from arenafit import ops
from arenafit.ir import DType, Model, Op, OpId, Tensor, TensorId, holds_plain_data, same_values
from arenafit.ops import Operands
from arenafit.rewrites._sites import NO_ACTIVATION, Site

# What TFLM's GATHER moves (gather.cc).
_MOVED = (DType.INT8, DType.FLOAT32)


@dataclass(frozen=True)
class State:
    """A variable of a stream: `whole` holds its rows, the `new` ones last; `fill` is each byte it begins with."""

    name: str
    whole: Tensor
    new: TensorId
    axis: int
    fill: int
    ops: tuple[OpId, ...]  # what reads, joins, cuts and writes it back

    def kept(self, site: Site) -> int:
        """Return how many rows stay from one Invoke to the next."""
        return self.whole.shape[self.axis] - site.graph.tensor(self.new).shape[self.axis]


def streams(site: Site) -> Iterator[State]:
    """Yield the variables of the main graph that hold a stream's past rows and nothing else."""
    handles = {op.outputs[0]: variable_name(op) for op in site.graph.ops if op.name == "VAR_HANDLE" and op.outputs}
    for name in dict.fromkeys(handles.values()):
        users = [op for op in site.graph.ops if op.operands and handles.get(op.operands[0]) == name]
        reads = [op for op in users if op.name == "READ_VARIABLE"]
        writes = [op for op in users if op.name == "ASSIGN_VARIABLE"]
        if len(users) == 2 and len(reads) == len(writes) == 1:
            fill = _fill(site.model, name)
            found = None if fill is None else _stream(site, reads[0], writes[0])
            if found is not None and fill is not None:
                whole, new, axis, between = found
                yield State(name, whole, new, axis, fill, (reads[0].id, *between, writes[0].id))


def variable_name(op: Op) -> str:
    """Return the name under which a VAR_HANDLE finds its variable."""
    options = dict(op.options.values) if op.options else {}
    return "/".join(str(options.get(field, "")) for field in ("container", "shared_name"))


def _fill(model: Model, name: str) -> int | None:
    """Return the one byte that all graphs but the main one fill the variable with, as a signed number."""
    found: set[int] = set()
    for graph in model.graphs[1:]:
        handles = {
            op.outputs[0] for op in graph.ops if op.name == "VAR_HANDLE" and op.outputs and variable_name(op) == name
        }
        for op in graph.ops:
            if not handles.intersection(op.operands):
                continue
            value = graph.tensor(op.operands[1]) if op.name == "ASSIGN_VARIABLE" and len(op.operands) == 2 else None
            if value is None or value.data is None or not holds_plain_data(value):
                return None
            found.update(value.data.data)
    if len(found) != 1:
        return None
    (byte,) = found
    return byte - 256 if byte > 127 else byte


def _stream(site: Site, read: Op, write: Op) -> tuple[Tensor, TensorId, int, tuple[OpId, ...]] | None:
    """Return the joined tensor, the new rows, the axis, and the operators that join and cut.

    The rows are cut before they are joined, or after.
    """
    graph = site.graph
    (first,) = graph.uses.get(read.outputs[0], ()) if len(graph.uses.get(read.outputs[0], ())) == 1 else (None,)
    if first is None or read.outputs[0] in site.named:
        return None
    cut_first = first.name == "STRIDED_SLICE"
    join = site.reader(first.outputs[0]) if cut_first else first
    if join is None or join.name != "CONCATENATION" or len(join.inputs) != 2 or len(set(join.operands)) != 2:
        return None
    past = first.outputs[0] if cut_first else read.outputs[0]
    whole, new = graph.tensor(join.outputs[0]), join.inputs[1]
    cut = first if cut_first else graph.producers.get(write.operands[-1])
    if join.inputs[0] != past or new is None or cut is None or not _is_plain(site, join, whole, new):
        return None
    axis = int(join.options["axis"]) % len(whole.shape) if join.options else 0
    rows = graph.tensor(new).shape[axis]
    if cut_first:
        follows = write.operands[-1] == whole.id
    else:
        follows = cut.name == "STRIDED_SLICE" and cut.inputs[0] == whole.id
        follows &= site.reader(cut.outputs[0]) == write
    if not follows or any(extent != 1 for extent in whole.shape[:axis]) or not _takes_last(site, cut, axis, rows):
        return None
    return whole, new, axis, (join.id, cut.id)


def _is_plain(site: Site, join: Op, whole: Tensor, new: TensorId) -> bool:
    """Whether the rows can be made in their place: by one operator, for nobody outside, as the bytes they are."""
    rows = site.graph.tensor(new)
    made = new in site.graph.producers and new not in site.named and not rows.is_variable
    activation = int((join.options.get("fused_activation_function") if join.options else None) or NO_ACTIVATION)
    fits = whole.dtype in _MOVED and same_values(rows, whole) and whole.id not in site.named
    return made and fits and activation == NO_ACTIVATION and site.graph.producers[whole.id] == join


def _takes_last(site: Site, cut: Op, axis: int, rows: int) -> bool:
    """Whether a STRIDED_SLICE leaves out the first rows of what it reads, as many as are new."""
    constants = [site.constant(cut, position) for position in range(1, len(cut.inputs))]
    source = site.input(cut)
    evaluate = None if (operator := ops.find(cut.code)) is None else operator.evaluate
    if len(constants) != 3 or any(constant is None for constant in constants) or evaluate is None:
        return False
    numbers = np.arange(source.elements).reshape(source.shape)
    operands = [numbers, *(constant.array() for constant in constants if constant is not None)]
    try:
        made = evaluate(Operands(cut, site.graph), operands)
    except (ValueError, IndexError):
        return False
    as_it_says = made is not None and made[0].shape == site.output(cut).shape
    return (
        as_it_says
        and made is not None
        and np.array_equal(made[0], numbers[(slice(None),) * axis + (slice(rows, None),)])
    )
