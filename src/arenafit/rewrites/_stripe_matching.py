"""Walks stripes in lockstep, from the tensors that a CONCATENATION joins back to the slices they began as.

Every step asks whether the operators of all stripes are one operator on rows of one whole tensor: the same kind, with
the same constants, and with padding only where the whole tensor is padded. Padding that one stripe does in an operator
of its own and another in the convolution itself is told from neither.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from arenafit.ir import Op, OpId, TensorId, same_values
from arenafit.kernels.sharing import axis_of
from arenafit.ops.rows import Pointwise, Window, same_padding
from arenafit.rewrites._padding import WEIGHTED, pad_amounts, zero_of
from arenafit.rewrites._sites import NO_ACTIVATION, SAME, VALID, Site, has_effect
from arenafit.rewrites._stripe_algebra import (
    NO_PADDING,
    RANK,
    Amounts,
    Band,
    Joint,
    StripeCut,
    StripePadding,
    StripeStep,
    block_begins,
    with_item,
    without_item,
)
from arenafit.streaming.op_geometry import geometry

# It says how many rows there are.
_NAMES_ROWS = frozenset({"RESHAPE"})
# So many operators one behind the other; Python's stack ends some time.
_DEEPEST = 100

Inputs = tuple[Band | TensorId | None, ...]


def joint(site: Site, join: Op) -> Joint | None:
    """Return how to make what `join` concatenates without stripes; None if stripes of one tensor is not what it is."""
    if join.name != "CONCATENATION" or len(join.outputs) != 1 or None in join.inputs or len(join.inputs) < 2:
        return None
    output = site.output(join)
    axis = axis_of(join, len(output.shape))
    activation = NO_ACTIVATION if join.options is None else join.options.get("fused_activation_function")
    if axis not in (1, 2) or activation or len(output.shape) != RANK or output.shape[0] != 1:
        return None
    walk = _Walk(site, axis)
    members = tuple(join.operands)
    if not all(same_values(site.graph.tensor(member), output) for member in members):
        return None
    band = walk.band(members)
    last = len(walk.steps) - 1
    if band is None or band.shape != output.shape or band.whole != last or isinstance(walk.steps[last], StripeCut):
        return None
    reached = 0
    for first, member in zip(band.firsts, members, strict=True):
        if first != reached:
            return None
        reached += site.graph.tensor(member).shape[axis]
    replaced = frozenset({join.id, *walk.ops})
    return Joint(tuple(walk.steps), replaced) if _stand_alone(site, walk.ops, replaced) else None


def _stand_alone(site: Site, ops: Iterable[OpId], replaced: frozenset[OpId]) -> bool:
    """Whether nothing but the stripes themselves reads what they are made of."""
    made = [output for op in site.graph.ops if op.id in ops for output in op.outputs]
    readers = (reader.id for tensor in made for reader in site.graph.uses.get(tensor, ()))
    return not site.named.intersection(made) and replaced.issuperset(readers)


@dataclass
class _Walk:
    site: Site
    axis: int
    steps: list[StripeCut | StripePadding | StripeStep] = field(default_factory=list)
    ops: set[OpId] = field(default_factory=set)
    depth: int = 0
    known: dict[tuple[tuple[TensorId, ...], tuple[Amounts, ...]], Band | None] = field(default_factory=dict)

    def band(self, members: tuple[TensorId, ...], padding: Sequence[Amounts] = ()) -> Band | None:
        """Return the band of these tensors, each padded by so much; None if they are no rows of one tensor."""
        added = tuple(padding) or (NO_PADDING,) * len(members)
        key = (members, added)
        if key not in self.known and self.depth < _DEEPEST:
            self.known[key] = None
            self.depth += 1
            self.known[key] = self._found(members, added)
            self.depth -= 1
        return self.known.get(key)

    def _rows(self, members: Iterable[TensorId]) -> list[int]:
        return [self.site.graph.tensor(member).shape[self.axis] for member in members]

    def _found(self, members: tuple[TensorId, ...], added: tuple[Amounts, ...]) -> Band | None:
        tensors = [self.site.graph.tensor(member) for member in members]
        if any(len(item.shape) != RANK or item.is_variable or not same_values(tensors[0], item) for item in tensors):
            return None
        makers = [self.site.graph.producers.get(member) for member in members]
        pads = [op if op is not None and op.name == "PAD" else None for op in makers]
        if any(pads) or any(amounts != NO_PADDING for amounts in added):
            return self._padded(members, pads, added)
        if len({without_item(tensor.shape, self.axis) for tensor in tensors}) > 1:
            return None
        ops = [op for op in makers if op is not None and op.inputs]
        return self._cut(members, makers) or self._cropped(members, makers) or self._made(members, ops)

    def _cut(self, members: tuple[TensorId, ...], makers: Sequence[Op | None]) -> Band | None:
        """Slices of one tensor, alike but for their rows; a stripe that takes all of it may read the tensor itself."""
        found = [None if op is None else block_begins(self.site, op) for op in makers]
        begins = [at or (0,) * RANK for at in found]
        pieces = zip(members, makers, found, strict=True)
        sources = {op.inputs[0] if op is not None and at is not None else member for member, op, at in pieces}
        source_id = sources.pop()
        across = {without_item(at, self.axis) for at in begins}
        if sources or len(across) > 1 or source_id is None or not any(found) or len(set(members)) < len(members):
            return None
        source, model = self.site.graph.tensor(source_id), self.site.graph.tensor(members[0])
        if not same_values(source, model):
            return None
        shape = with_item(model.shape, self.axis, source.shape[self.axis])
        band = Band(len(self.steps), model.id, tuple(at[self.axis] for at in begins), shape)
        self.steps.append(StripeCut(band, source.id, with_item(begins[0], self.axis, 0)))
        return band

    def _cropped(self, members: tuple[TensorId, ...], makers: Sequence[Op | None]) -> Band | None:
        """Rows of the stripes' own tensors; where a stripe takes all of them, the slice may be left out."""
        begins = [None if op is None else block_begins(self.site, op) for op in makers]
        crops = [op for op, at in zip(makers, begins, strict=True) if op is not None and at is not None]
        inside = all(
            without_item(self.site.input(op).shape, self.axis) == without_item(self.site.output(op).shape, self.axis)
            and same_values(self.site.input(op), self.site.output(op))
            for op in crops
        )
        if not crops or not inside:
            return None
        read = {op.outputs[0]: self.site.input(op).id for op in crops}
        inner = self.band(tuple(read.get(member, member) for member in members))
        if inner is None:
            return None
        self.ops |= {op.id for op in crops}
        moved = [0 if at is None else at[self.axis] for at in begins]
        firsts = tuple(first + more for first, more in zip(inner.firsts, moved, strict=True))
        return replace(inner, firsts=firsts)

    def _padded(
        self, members: tuple[TensorId, ...], pads: Sequence[Op | None], added: tuple[Amounts, ...]
    ) -> Band | None:
        """PADs, some of which may be by nothing and left out, or part of the operator that reads them."""
        sources, amounts = list[TensorId](), list[Amounts]()
        for member, pad, more in zip(members, pads, added, strict=True):
            written = NO_PADDING if pad is None else pad_amounts(self.site, pad)
            source = member if pad is None else self.site.input(pad).id
            if written is None or len(written) != RANK or min(min(pair) for pair in written) < 0:
                return None
            sources.append(source)
            amounts.append(tuple((a + c, b + d) for (a, b), (c, d) in zip(written, more, strict=True)))
        one = self.site.graph.tensor(members[0])
        exact = all(same_values(one, self.site.graph.tensor(source)) for source in sources) and zero_of(one) is not None
        across = {without_item(item, self.axis) for item in amounts}
        inner = self.band(tuple(sources)) if exact and len(across) == 1 else None
        if inner is None:
            return None
        height, rows = inner.shape[self.axis], self._rows(sources)
        tops, bottoms = ([item[self.axis][side] for item in amounts] for side in (0, 1))
        total = with_item(amounts[0], self.axis, (max(tops), max(bottoms)))
        for first, count, above, below in zip(inner.firsts, rows, tops, bottoms, strict=True):
            # StripePadding stands outside the whole image only; of several rows of it a stripe may have some.
            if (above and first > 0) or (below and first + count < height):
                return None
        self.ops |= {pad.id for pad in pads if pad is not None}
        if total == NO_PADDING:
            return inner
        shape = tuple(extent + sum(pair) for extent, pair in zip(inner.shape, total, strict=True))
        firsts = tuple(first + max(tops) - above for first, above in zip(inner.firsts, tops, strict=True))
        band = Band(len(self.steps), inner.example, firsts, shape)
        self.steps.append(StripePadding(band, inner, total))
        return band

    def _made(self, members: tuple[TensorId, ...], ops: Sequence[Op]) -> Band | None:
        """The same operator in each stripe."""
        if len({op.id for op in ops}) < len(members):
            return None
        one = ops[0]
        alike = all(op.code == one.code and len(op.inputs) == len(one.inputs) for op in ops)
        if not alike or one.name in _NAMES_ROWS or any(has_effect(self.site, op) or len(op.outputs) != 1 for op in ops):
            return None
        found = [geometry(self.site.graph, op, self.axis) for op in ops]
        if isinstance(found[0], Pointwise):
            same = all(item == found[0] for item in found) and all(op.options == one.options for op in ops)
            return self._pointwise(members, ops) if same else None
        windows = [item for item in found if isinstance(item, Window)]
        return self._window(members, ops, windows) if len(windows) == len(ops) else None

    def _pointwise(self, members: tuple[TensorId, ...], ops: Sequence[Op]) -> Band | None:
        inputs = self._operands(ops)
        places = {(item.firsts, item.shape[self.axis]) for item in inputs or () if isinstance(item, Band)}
        if inputs is None or len(places) != 1:
            return None
        ((firsts, rows),) = places
        return self._step(members, StripeStep(self._band(members, firsts, rows), ops[0], inputs), ops)

    def _window(self, members: tuple[TensorId, ...], ops: Sequence[Op], windows: Sequence[Window]) -> Band | None:
        one = windows[0]
        plain = all(
            (item.extent, item.stride) == (one.extent, one.stride)
            and (item.factor, item.operand, item.skipped, item.spare) == (1, 0, 0, 0)
            and not (item.shifts or item.exact or item.mirrors)
            for item in windows
        )
        known = [op.options for op in ops if op.options is not None and op.options.get("padding") is not None]
        if not plain or len(known) < len(ops) or len({item.with_values(padding=SAME) for item in known}) != 1:
            return None
        paddings = {item["padding"] for item in known}
        # Where stripes pad by themselves, all padding is done in front of the whole.
        moved = len(paddings) > 1 or any(item.pads for item in windows)
        if moved and ops[0].name not in WEIGHTED:
            return None
        inputs = self._operands(ops, [self._own_padding(item) for item in windows] if moved else ())
        band = inputs[0] if inputs else None
        if inputs is None or not isinstance(band, Band) or any(isinstance(item, Band) for item in inputs[1:]):
            return None
        rows = band.shape[self.axis]
        if any(first % one.stride for first in band.firsts) or rows < one.extent:
            return None
        if not moved and SAME in paddings and same_padding(rows, one.extent, one.stride) != (0, 0):
            return None
        firsts = tuple(first // one.stride for first in band.firsts)
        whole = self._band(members, firsts, (rows - one.extent) // one.stride + 1)
        return self._step(members, StripeStep(whole, ops[0], inputs, VALID if moved else None), ops)

    def _own_padding(self, window: Window) -> Amounts:
        along, across = (window.before, window.after), (window.cross_before, window.cross_after)
        return with_item(with_item(NO_PADDING, self.axis, along), 3 - self.axis, across)

    def _operands(self, ops: Sequence[Op], padding: Sequence[Amounts] = ()) -> Inputs | None:
        """Return the inputs of an operator like all of these, the first padded; None if constants or bands differ."""
        made: list[Band | TensorId | None] = []
        for position, operands in enumerate(zip(*(op.inputs for op in ops), strict=True)):
            present = tuple(operand for operand in operands if operand is not None)
            if not present:
                made.append(None)
                continue
            constants = [self.site.graph.tensor(operand).is_constant for operand in present]
            found: Band | TensorId | None = None
            if len(present) == len(ops) and all(constants):
                found = present[0] if self._equal(present) else None
            elif len(present) == len(ops) and not any(constants):
                found = self.band(present, () if position else padding)
            if found is None:
                return None
            made.append(found)
        return tuple(made)

    def _equal(self, constants: Sequence[TensorId]) -> bool:
        one, *others = (self.site.graph.tensor(constant) for constant in constants)
        return all(
            item.data == one.data and item.shape == one.shape and item.extras == one.extras and same_values(item, one)
            for item in others
        )

    def _band(self, members: tuple[TensorId, ...], firsts: tuple[int, ...], rows: int) -> Band:
        shape = with_item(self.site.graph.tensor(members[0]).shape, self.axis, rows)
        return Band(len(self.steps), members[0], firsts, shape)

    def _step(self, members: tuple[TensorId, ...], step: StripeStep, ops: Iterable[Op]) -> Band | None:
        ends = (first + rows for first, rows in zip(step.band.firsts, self._rows(members), strict=True))
        if max(ends) > step.band.shape[self.axis]:
            return None
        self.steps.append(step)
        self.ops |= {op.id for op in ops}
        return step.band
