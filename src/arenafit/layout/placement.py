"""An offline plan for a whole model, control flow included: every tensor of the arena gets its offset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from arenafit.ir import Model, OpId, TensorId
from arenafit.layout.alias_candidates import ties
from arenafit.layout.alias_sets import AliasSets, Behind, Hints
from arenafit.layout.bounds import Scratch
from arenafit.layout.content_lifetimes import Timeline, timeline
from arenafit.layout.options import LayoutEffort, LayoutRules
from arenafit.planning.compound import Block, Compound, CompoundPlan, Overlap, Placer
from arenafit.planning.problem import Buffer, BufferId, Interval, Problem, united
from arenafit.planning.ranges import covered_bytes
from arenafit.planning.solve import solve
from arenafit.planning.work import Work
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up


@dataclass(frozen=True, slots=True)
class OfflineLayout:
    """Offsets of all planned tensors, the height they reach, and the live-set bound for the groups chosen."""

    offsets_bytes: Mapping[TensorId, int]
    height_bytes: int
    bound_bytes: int


def lay_out(
    model: Model,
    *,
    rooms: Sequence[Scratch] = (),
    hints: Hints | None = None,
    rules: LayoutRules | None = None,
    effort: LayoutEffort | None = None,
    work: Work | None = None,
) -> OfflineLayout:
    """Return an offline plan for `model`.

    Args:
        model: the model; its own offline plan is ignored.
        rooms: space to leave for scratch buffers.
        hints: what a rewrite knows about the memory of the model it made.
        rules: what may share memory; what one library alone permits is not made use of.
        effort: how many improvements to try; what shares memory is not chosen among.
        work: steps allowed; None: as many as that takes.
    """
    known, rules, effort = hints or Hints(), rules or LayoutRules(), effort or LayoutEffort()
    times = timeline(model, known.read_by, known.made_by, known.unset)
    shared = ties(model, times, hints=hints, keep_inputs=rules.keep_inputs) if rules.share else None
    tied = AliasSets(model, times, hints) if shared is None else shared
    allowed = work or Work()
    found = LayoutSearch(AliasedModel(model, times, tied), rooms, known, work=allowed)
    found.go(effort.rounds)
    while effort.more is not None and found.height_bytes > found.bound_bytes and not allowed.is_over():
        rest = effort.more(found.layout())
        if rest <= 0:
            break
        found.go(rest)
    return found.layout()


@dataclass(frozen=True)
class AliasedModel:
    """A model with its tensors in groups."""

    model: Model
    times: Timeline
    groups: AliasSets

    @cached_property
    def by_anchor(self) -> dict[TensorId, list[tuple[TensorId, int]]]:
        """Return the tensors of each group with their distances from its lowest byte."""
        return _groups(self.model, self.times, self.groups)

    @cached_property
    def compounds(self) -> list[Compound]:
        """Return the groups as blocks to place, in the order of `by_anchor`."""
        windows = self.groups.windows
        occupied = ([item for item in members if item[0] not in windows] for members in self.by_anchor.values())
        return [_compound(self.model, self.times, members) for members in occupied]


class LayoutSearch:
    """A plan for groups that is improved for as long as that seems worth it.

    Args:
        tied: the groups.
        rooms: space to leave for scratch buffers.
        known: what a rewrite knows about the memory of the model it made.
        permitted: overlaps of groups, by position in `AliasedModel.by_anchor`.
        work: steps allowed; None: as many as that takes.
    """

    def __init__(
        self,
        tied: AliasedModel,
        rooms: Sequence[Scratch] = (),
        known: Hints | None = None,
        *,
        permitted: Sequence[Overlap] = (),
        work: Work | None = None,
    ) -> None:
        """Prepare; what costs something begins with the first `go`."""
        groups, times = tied.by_anchor, tied.times
        self._tied = tied
        self._where = {tensor: (index, at) for index, anchor in enumerate(groups) for tensor, at in groups[anchor]}
        hints = known or Hints()
        found = (_overlap(permission, self._where, tied, hints) for permission in hints.behind)
        self._overlaps = [*(overlap for overlap in found if overlap is not None), *permitted]
        scratch = (
            Compound((_room_block(times.runs[room.op], room.size_bytes),)) for room in rooms if room.op in times.runs
        )
        self._compounds = [*tied.compounds, *scratch]
        self._work = work
        self._placer = Placer(self._compounds, self._overlaps, work=work)

    @property
    def bound_bytes(self) -> int:
        """Bytes below which these groups cannot be placed."""
        return self._placer.bound_bytes

    @property
    def height_bytes(self) -> int:
        """The height of the lowest plan so far."""
        return self._placer.height_bytes

    def go(self, rounds: int) -> None:
        """Improve on the plan by so many rounds."""
        self._placer.go(rounds)

    def layout(self, *, solving: bool = False) -> OfflineLayout:
        """Return the lowest plan so far; `solving`: ask the planners of plain buffers, too, above the bound."""
        made = self._placer.placement()
        if solving and made.height_bytes > made.bound_bytes and not self._overlaps:
            made = _solved(self._compounds, made, self._work)
        offsets = {tensor: made.offsets_bytes[index] + at for tensor, (index, at) in self._where.items()}
        unused = _never_run(self._tied.model, offsets)
        height = max([made.height_bytes, *(align_up(size, ARENA_ALIGNMENT_BYTES) for size in unused.values())])
        return OfflineLayout(
            {**offsets, **dict.fromkeys(unused, 0)}, height, max(made.bound_bytes, *unused.values(), 0)
        )


def _never_run(model: Model, offsets: Mapping[TensorId, int]) -> dict[TensorId, int]:
    """Return the tensors of graphs that nothing enters, with their sizes: TFLM gives them memory, nobody uses it."""
    entered, waiting = {0}, [0]
    for index in waiting:
        new = {graph for op in model.graphs[index].ops for graph in op.subgraphs} - entered
        entered |= new
        waiting.extend(new)
    left = (graph for index, graph in enumerate(model.graphs) if index not in entered)
    return {
        tensor.id: tensor.size_bytes
        for graph in left
        for tensor in graph.tensors
        if not (tensor.is_constant or tensor.is_variable or tensor.id in offsets) and tensor.size_bytes > 0
    }


def _solved(compounds: Sequence[Compound], found: CompoundPlan, work: Work | None) -> CompoundPlan:
    """Return `found`, or the lower plan that the planners of plain buffers find where each compound is taken as one."""
    lives = [[block for block in compound.blocks if block.first < block.end] for compound in compounds]
    buffers = tuple(
        Buffer(
            BufferId(index),
            compound.size_bytes,
            Interval(min(block.first for block in live), max(block.end for block in live)),
        )
        for index, (compound, live) in enumerate(zip(compounds, lives, strict=True))
        if live
    )
    plan = solve(Problem(buffers), work=work).plan
    if plan.height_bytes >= found.height_bytes:
        return found
    offsets = tuple(plan.offsets_bytes.get(BufferId(index), 0) for index in range(len(compounds)))
    return CompoundPlan(offsets, plan.height_bytes, found.bound_bytes)


def live_profile(model: Model, *, keep_inputs: bool = False) -> Mapping[OpId, int]:
    """Return, for each operator of the main graph, the bytes that live while it runs, in-place results counted once."""
    times = timeline(model)
    groups = _groups(model, times, ties(model, times, keep_inputs=keep_inputs))
    compounds = [_compound(model, times, members) for members in groups.values()]
    runs = {op.id: times.runs[op.id] for op in model.main.ops}
    profile = dict.fromkeys(runs, 0)
    for op, run in runs.items():
        for compound in compounds:
            live = [
                (item.low_bytes, item.high_bytes)
                for item in compound.blocks
                if item.first < run.end and run.first < item.end
            ]
            profile[op] += covered_bytes(live)
    return profile


def _groups(model: Model, times: Timeline, tied: AliasSets) -> dict[TensorId, list[tuple[TensorId, int]]]:
    """Tensors by anchor, with distances from the group's lowest byte."""
    raw: dict[TensorId, list[tuple[TensorId, int]]] = {}
    for tensor in model.all_tensors():
        kept = tensor.is_variable and times.live.get(tensor.id)
        if tensor.is_constant or kept or tensor.id not in times.live or not tensor.size_bytes:
            continue
        anchor, at = tied.find(tensor.id)
        raw.setdefault(anchor, []).append((tensor.id, at))
    return {anchor: [(tensor, at - min(a for _, a in items)) for tensor, at in items] for anchor, items in raw.items()}


def _compound(model: Model, times: Timeline, members: Sequence[tuple[TensorId, int]]) -> Compound:
    spans: dict[tuple[int, int], list[Interval]] = {}
    for tensor, at in members:
        spans.setdefault((at, at + model.tensors[tensor].size_bytes), []).extend(times.live[tensor])
    blocks = [Block(low, high, live.first, live.end) for (low, high), lives in spans.items() for live in united(lives)]
    # TFLM rounds each tensor's end up for the height of the head, though nothing may be needed there.
    # A group whose members are all windows over others occupies nothing of its own.
    end = max((low + align_up(high - low, ARENA_ALIGNMENT_BYTES) for low, high in spans), default=0)
    return Compound((*blocks, Block(end, end, 0, 0)))


def _room_block(run: Interval, size_bytes: int) -> Block:
    return Block(0, size_bytes, run.first, run.end)


def _overlap(
    permission: Behind, where: Mapping[TensorId, tuple[int, int]], tied: AliasedModel, known: Hints
) -> Overlap | None:
    """Return the permission between the two tensors' own bytes; what else their groups hold must not be touched.

    Only what is dead when the loop ends may be run over: a view of the source that is read later is not.
    """
    if permission.tensor not in where or permission.other not in where:
        return None
    (item, at), (other, other_at) = where[permission.tensor], where[permission.other]
    if item == other:
        return None
    sizes = [tied.model.tensors[tensor].size_bytes for tensor in (permission.other, permission.tensor)]
    spans = ((other_at, other_at + sizes[0]), (at, at + sizes[1]))
    loops = [op for tensor, op in known.read_by if tensor == permission.other and op in tied.times.runs]
    loops += [op.id for op in tied.model.main.ops if op.name == "WHILE" and permission.other in op.outputs]
    until = max((tied.times.runs[op].end for op in loops), default=None)
    return Overlap(other, item, None, permission.distance_bytes + other_at - at, spans, until)
