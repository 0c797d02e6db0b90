"""Explains the tail of a footprint: what each operator holds, what drives the total, and what would lower it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from arenafit.ir import Model, Op, OpId, TensorId
from arenafit.report.documents.dead_channels import dead_channels
from arenafit.report.documents.inspection import CategoryRow, Driver, OpTailRow, TailRow
from arenafit.report.documents.inspection_head import op_row
from arenafit.tflm import Allocation, Footprint, TailCategory
from arenafit.units import format_count, format_size

_LISTED_OPS = 8
_LISTED_PARTS = 3
_PER_CHANNEL = "per-channel"  # how kernel files call what they keep for each output channel
_DRIVER_SHARE = 0.05  # of the tail; less than this lowers nothing worth a line


def explain_tail(model: Model, footprint: Footprint) -> TailRow:
    """Return the tail explained: its categories, its largest operators, its drivers."""
    categories = Counter[TailCategory]()
    for item in footprint.tail:
        categories[item.category] += item.size_bytes
    rows = tuple(CategoryRow(category.value, size_bytes) for category, size_bytes in categories.most_common())
    floor = footprint.tail_bytes * _DRIVER_SHARE
    found = [driver for driver in _drivers(model, footprint) if driver.size_bytes >= floor]
    return TailRow(
        size_bytes=footprint.tail_bytes,
        categories=rows,
        ops=_largest_ops(model, footprint),
        drivers=tuple(sorted(found, key=lambda driver: -driver.size_bytes)),
    )


def _largest_ops(model: Model, footprint: Footprint) -> tuple[OpTailRow, ...]:
    held: dict[OpId, list[Allocation]] = defaultdict(list)
    for item in footprint.tail:
        if item.op is not None:
            held[item.op].append(item)
    sizes = Counter({op: _sum(items) for op, items in held.items()})
    rows = []
    for op, size_bytes in sizes.most_common(_LISTED_OPS):
        row = op_row(model, op)
        parts = sorted(held[op], key=lambda item: -item.size_bytes)[:_LISTED_PARTS]
        if row is not None:
            rows.append(
                OpTailRow(row, size_bytes, tuple(f"{part.what} {format_size(part.size_bytes)}" for part in parts))
            )
    return tuple(rows)


def _drivers(model: Model, footprint: Footprint) -> Iterator[Driver]:
    yield from _per_channel(model, footprint)
    yield from dead_channels(model, footprint)
    yield from _clones(model, footprint)
    yield from _variables(footprint)
    yield from _tables(model, footprint)
    yield from _many_operators(model, footprint)


def _per_channel(model: Model, footprint: Footprint) -> Iterator[Driver]:
    found = [item for item in footprint.tail if item.what.startswith(_PER_CHANNEL) and item.op is not None]
    if not found:
        return
    ops = {item.op for item in found if item.op is not None}
    channels = sum(_channels(model, op) for op in ops)
    yield Driver(
        "per-channel factors",
        _sum(found),
        f"multiplier and shift for each of {format_count(channels, 'output channel')}",
        "fewer output channels; per-tensor quantisation does not help, TFLM keeps a pair for each channel all the same",
    )


def _channels(model: Model, op: OpId) -> int:
    output = model.tensors[model.ops[op].outputs[0]]
    return output.shape[-1] if output.shape else 1


def _clones(model: Model, footprint: Footprint) -> Iterator[Driver]:
    by_weights: dict[tuple[str, TensorId], list[Op]] = defaultdict(list)
    for op in model.ops.values():
        weights = [tensor for tensor in op.operands if model.tensors[tensor].is_constant]
        if weights:
            by_weights[op.name, max(weights, key=lambda tensor: model.tensors[tensor].size_bytes)].append(op)
    clones = [op for ops in by_weights.values() if _is_weighty(ops, model) for op in ops[1:]]
    size_bytes = sum(footprint.tail_of(op.id) for op in clones)
    if size_bytes:
        yield Driver(
            "cloned operators",
            size_bytes,
            f"{format_count(len(clones), 'operator')} with the weights of another, each with factors of its own",
            "a loop that runs one of them several times, instead of copies",
        )


def _is_weighty(ops: list[Op], model: Model) -> bool:
    # Operators that share a shape or an axis are not copies of each other; those that share rank-2 weights and up are.
    def has_weights(op: Op) -> bool:
        constants = [model.tensors[tensor] for tensor in op.operands if model.tensors[tensor].is_constant]
        return any(len(tensor.shape) >= 2 and tensor.elements > 1 for tensor in constants)

    return len(ops) > 1 and all(has_weights(op) for op in ops)


def _variables(footprint: Footprint) -> Iterator[Driver]:
    found = [item for item in footprint.tail if item.category is TailCategory.VARIABLES]
    if found:
        yield Driver(
            "variables",
            _sum(found),
            f"{format_count(len(found), 'variable tensor')}: state that is kept from one invocation to the next",
            "fewer or narrower states (int8 instead of float); nothing at run time can share their memory",
        )


def _tables(model: Model, footprint: Footprint) -> Iterator[Driver]:
    found = [item for item in footprint.tail if item.category is TailCategory.EVAL_TENSORS]
    count = len(model.tensors)
    size_bytes = _sum(found)
    constants = sum(tensor.is_constant for tensor in model.tensors.values())
    yield Driver(
        "string of small tensors",
        size_bytes,
        f"an entry of {size_bytes // count if count else 0} bytes for each of {format_size(count)} tensors,"
        f" {format_size(constants)} of them constants",
        "fewer tensors: fold constants, drop orphans and operators that do nothing (arenafit fit does)",
    )


def _many_operators(model: Model, footprint: Footprint) -> Iterator[Driver]:
    named = (TailCategory.NODE_AND_REGISTRATIONS, TailCategory.BUILTIN_DATA)
    found = [item for item in footprint.tail if item.category in named]
    structs = [
        item
        for item in footprint.tail
        if item.category is TailCategory.PERSISTENT_BUFFERS
        and item.op is not None
        and not item.what.startswith(_PER_CHANNEL)
    ]
    yield Driver(
        "operators themselves",
        _sum(found) + _sum(structs),
        f"records, parameters and data of {format_count(len(model.ops), 'operator')}",
        "fewer operators: fused activations, folded PADs, no RESHAPE chains (arenafit fit does where it is exact)",
    )


def _sum(items: Iterable[Allocation]) -> int:
    return sum(item.size_bytes for item in items)
