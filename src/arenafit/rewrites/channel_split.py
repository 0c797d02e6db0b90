"""A convolution and the channel-wise operators behind it are computed some channels at a time.

Only one group's share of the large tensors between them exists at any time; a CONCATENATION joins the groups. Weights,
biases, scales and zero points are divided, not duplicated, so no arithmetic and hardly any flash is added; each group
costs the tail of its operators (TFLM measured: about 500 B on a 64-bit build for a convolution and a pooling).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Model, Op, OpId, Options, TensorId
from arenafit.ops.facts import ChannelCut
from arenafit.rewrites._channels import cut_follower, cut_head, slice_constant
from arenafit.rewrites._sites import NO_ACTIVATION, Site, edit, locate, sites
from arenafit.rewrites.protocol import Move

_GROUPS = (2, 3, 4, 6, 8)
_LONGEST_REGION_OPS = 8
# Optimised kernels work on four channels at once; groups are cut at multiples of it where the channels allow.
_LANES = 4


@dataclass(frozen=True)
class ChannelRegion:
    """A head and its channel-wise followers, in schedule order; only the last one's output is read outside."""

    ops: tuple[Op, ...]
    cuts: tuple[ChannelCut, ...]

    @property
    def written(self) -> tuple[TensorId, ...]:
        """What each operator writes."""
        return tuple(op.outputs[0] for op in self.ops)


class ChannelSplit:
    """Offers, for each head, each closed region behind it and each number of groups that lowers its own peak."""

    name = "channel_split"
    cleanup = False

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves of graph 0; `groups` is the one parameter."""
        found = ((site, region) for site in sites(model)[:1] for op in site.graph.ops for region in regions(site, op))
        for site, region in found:
            names = ", ".join(op.name for op in region.ops)
            where = tuple(op.id for op in region.ops)
            for groups in _GROUPS:
                if groups <= _head_channels(site, region) and _lowers_peak(site, region, groups):
                    yield Move(self.name, where, (("groups", groups),), note=f"{names} in {groups} channel groups")

    def alone(self, model: Model, op: OpId, groups: int) -> Move | None:
        """Return the move that computes one convolution in at least so many groups; None if it cannot be cut so."""
        site, head = locate(model, op)
        channels = 0 if cut_head(site, head) is None or len(head.outputs) != 1 else site.output(head).shape[-1]
        wanted = next((count for count in _GROUPS if groups <= count <= channels), None)
        if wanted is None:
            return None
        return Move(self.name, (op,), (("groups", wanted),), note=f"{head.name} in {wanted} channel groups")

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model with the region of `move` computed group by group; the tensors at its ends keep their ids.

        Raises:
            UnsupportedModelError: if the operators of `move` are no region that can be cut so.
        """
        site, head = locate(model, move.where[0])
        wanted = frozenset(move.where)
        offered = (*_lone(site, head), *regions(site, head))
        region = next((found for found in offered if {op.id for op in found.ops} == wanted), None)
        groups = dict(move.parameters).get("groups")
        if region is None or not isinstance(groups, int) or not 1 < groups <= _head_channels(site, region):
            raise UnsupportedModelError(f"operators {sorted(wanted)} cannot be computed in {groups!r} channel groups")
        return _split(site, region, group_bounds(_head_channels(site, region), groups))


def group_bounds(channels: int, groups: int) -> tuple[tuple[int, int], ...]:
    """Return `groups` half-open ranges that cover `channels`, as even as whole vector lanes allow."""
    unit = _LANES if channels % _LANES == 0 and channels // _LANES >= groups else 1
    units = channels // unit
    edges = [unit * (units * index // groups) for index in range(groups + 1)]
    return tuple(pairwise(edges))


def regions(site: Site, head: Op) -> Iterator[ChannelRegion]:
    """Yield the regions of two operators and more that `head` opens, shortest first."""
    cut = cut_head(site, head)
    if cut is None or len(head.outputs) != 1:
        return
    ops, cuts = [head], [cut]
    inside = {head.outputs[0]}
    while len(ops) < _LONGEST_REGION_OPS:
        if any(tensor in site.named for tensor in inside):
            return
        follower = _next_reader(site, inside, {op.id for op in ops})
        cut = None if follower is None else cut_follower(site, follower, inside)
        if follower is None or cut is None:
            return
        ops.append(follower)
        cuts.append(cut)
        inside.add(follower.outputs[0])
        if _is_closed(site, ops):
            yield ChannelRegion(tuple(ops), tuple(cuts))


def _lone(site: Site, head: Op) -> Iterator[ChannelRegion]:
    """Yield the head without followers: no tensor gets smaller, but its filter and the kernel's copy of it do."""
    cut = cut_head(site, head)
    if cut is not None and len(head.outputs) == 1:
        yield ChannelRegion((head,), (cut,))


def _next_reader(site: Site, inside: set[TensorId], taken: set[int]) -> Op | None:
    readers = {op.id for tensor in inside for op in site.graph.uses.get(tensor, ())} - taken
    return next((op for op in site.graph.ops if op.id in readers), None)


def _is_closed(site: Site, ops: list[Op]) -> bool:
    taken = {op.id for op in ops}
    *inner, _ = (op.outputs[0] for op in ops)
    return all(
        tensor not in site.named and all(reader.id in taken for reader in site.graph.uses.get(tensor, ()))
        for tensor in inner
    )


def _head_channels(site: Site, region: ChannelRegion) -> int:
    return site.output(region.ops[0]).shape[-1]


def _lowers_peak(site: Site, region: ChannelRegion, groups: int) -> bool:
    """Whether the region's own peak falls: pieces beside the input and the finished groups, then the join."""
    entry = site.input(region.ops[0], region.cuts[0].source).size_bytes
    sizes = [site.graph.tensor(tensor).size_bytes for tensor in region.written]
    steps = [first + second for first, second in pairwise(sizes)]
    before = max(entry + sizes[0], *steps)
    finished = sizes[-1] * (groups - 1) // groups
    after = max(entry + finished + -(-max(steps) // groups), 2 * sizes[-1])
    return after < before


def _split(site: Site, region: ChannelRegion, bounds: tuple[tuple[int, int], ...]) -> Model:
    editor = edit(site.model)
    result = site.output(region.ops[-1])
    ops: list[Op] = []
    joined: list[TensorId] = []
    for group, (first, end) in enumerate(bounds):
        pieces: dict[TensorId, TensorId] = {}
        spans: dict[TensorId, tuple[int, int]] = {}
        suffix = f"/group{group}"
        for op, cut in zip(region.ops, region.cuts, strict=True):
            read = next((spans[operand] for operand in op.operands if operand in spans), (first, end))
            span = (read[0] * cut.multiplier, read[1] * cut.multiplier)
            part = _Part(site, op, cut, span, suffix)
            ops.append(part.written(editor, part.inputs(editor, pieces)))
            pieces[op.outputs[0]], spans[op.outputs[0]] = ops[-1].outputs[0], span
        joined.append(pieces[result.id])
    axis = len(result.shape) - 1
    options = Options("ConcatenationOptions", (("axis", axis), ("fused_activation_function", NO_ACTIVATION)))
    version = 1 if result.dtype.label in ("FLOAT32", "UINT8") else 3 if result.dtype.label == "INT16" else 2
    ops.append(editor.make_op("CONCATENATION", joined, [result.id], options, version=version))
    editor.replace_ops([op.id for op in region.ops], ops, site.index)
    editor.prune_tensors()
    return editor.build()


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of an operator that writes the channels [first, end) of `span`."""

    site: Site
    op: Op
    cut: ChannelCut
    span: tuple[int, int]
    suffix: str

    def inputs(self, editor: Editor, pieces: Mapping[TensorId, TensorId]) -> list[TensorId | None]:
        """Return its operands; the constants to cut are cut."""
        inputs: list[TensorId | None] = []
        for position, (operand, axis) in enumerate(zip(self.op.inputs, self.cut.axes, strict=True)):
            if operand is None or (axis is None and position != self.cut.size_operand):
                inputs.append(operand if operand is None else pieces.get(operand, operand))
                continue
            tensor = self.site.graph.tensor(operand)
            name = tensor.name + self.suffix
            if position == self.cut.size_operand:
                size = tensor.array().copy()
                size[-1] = self.span[1] - self.span[0]
                inputs.append(editor.add_constant(name, size, graph=self.site.index))
            elif axis is not None:
                data, shape, quant = slice_constant(tensor, axis, *self.span)
                added = editor.add_tensor(name, tensor.dtype, shape, quant=quant, data=data, graph=self.site.index)
                inputs.append(added)
        return inputs

    def written(self, editor: Editor, inputs: list[TensorId | None]) -> Op:
        """Return it, its output made."""
        whole, channels = self.site.output(self.op), self.span[1] - self.span[0]
        shape = (*whole.shape[:-1], channels)
        name = whole.name + self.suffix
        made = editor.add_tensor(name, whole.dtype, shape, quant=whole.quant, graph=self.site.index)
        options = self.op.options
        if options is not None and self.cut.sets_depth_multiplier:
            options = options.with_values(depth_multiplier=channels)
        return editor.clone_op(self.op, inputs, [made], options=options)


REWRITE = ChannelSplit()
