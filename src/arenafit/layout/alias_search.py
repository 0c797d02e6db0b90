"""Which of the permitted ties to make: all of them is seldom wrong, and then a local search leaves some out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from arenafit.errors import PlanError
from arenafit.ir import Model, TensorId
from arenafit.layout.alias_candidates import AliasSite, Tie, is_free, offers, tied
from arenafit.layout.alias_sets import AliasSets, Hints
from arenafit.layout.bounds import Scratch, sharing_bound_bytes
from arenafit.layout.content_lifetimes import Timeline, timeline
from arenafit.layout.contents import Contents, ways
from arenafit.layout.options import LayoutEffort, LayoutRules
from arenafit.layout.placement import AliasedModel, LayoutSearch, OfflineLayout
from arenafit.planning.compound import Compound, Overlap
from arenafit.planning.ranges import covered_bytes
from arenafit.planning.work import Work
from arenafit.targets.libraries import KernelLibrary

# Rounds of placement for a choice that is only looked at.
_ROUNDS = 12
# So many choices are also laid out with results that run behind their operands before that is given up.
_LOSSES = 3
# A first look at what ties make takes this part of the rounds; so many of the lowest are gone on with, if near.
_GLANCES, _CONTENDERS, _NEAR = 6, 2, 1.03


@dataclass(frozen=True, slots=True)
class ChosenLayout:
    """The plan found, and the bytes below which there is none."""

    layout: OfflineLayout
    bound_bytes: int

    @property
    def optimal(self) -> bool:
        """Whether the plan is proved to be the lowest."""
        return self.layout.height_bytes <= self.bound_bytes


def choose_layout(
    model: Model,
    rooms: Sequence[Scratch] = (),
    *,
    hints: Hints | None = None,
    rules: LayoutRules | None = None,
    effort: LayoutEffort | None = None,
    work: Work | None = None,
) -> ChosenLayout:
    """Return the lowest plan found over choices of what shares memory with what.

    Args:
        model: the model; its own offline plan is ignored.
        rooms: space to leave for scratch buffers.
        hints: what a rewrite knows about the memory of the model it made.
        rules: what may share memory; where nothing may the bound is that of plain buffers.
        effort: how many choices and improvements to look at.
        work: steps allowed for all of it; None: as many as that takes.
    """
    known, rules, effort = hints or Hints(), rules or LayoutRules(), effort or LayoutEffort()
    keep_inputs, library, more = rules.keep_inputs, rules.kernel_library, effort.more
    times = timeline(model, known.read_by, known.made_by, known.unset)
    bound: int | None = None
    if rules.share:
        # Hints permit more than kernels do: nothing is known about all of that.
        hinted = known.tied or known.behind
        bound = 0 if hinted else sharing_bound_bytes(model, rooms, keep_inputs=keep_inputs, library=library)
    search = _Search(model, times, rooms, known, keep_inputs, library, bound, work or Work())
    # Who asks for more where it pays is content with a glance; else a start that looks bad is never come back to.
    search.glances = 1 if more is None else _GLANCES
    if bound is None:
        plain = search.lay([], effort.rounds)
        return ChosenLayout(plain, plain.bound_bytes)
    best = search.run(offers(model, times, keep_inputs=keep_inputs), bound, effort.tries, effort.rounds)
    while more is not None and best.height_bytes > bound and not search.work.is_over() and (rest := more(best)) > 0:
        best = search.closer(rest)
    return ChosenLayout(best, bound)


@dataclass
class _Search:
    model: Model
    times: Timeline
    rooms: Sequence[Scratch]
    known: Hints
    keep_inputs: bool
    kernel_library: KernelLibrary | None
    bound_bytes: int | None
    work: Work
    contents: Contents = field(init=False)
    glances: int = 1
    losses: int = 0
    lowest_bytes: int | None = None
    leader: LayoutSearch | None = None

    def __post_init__(self) -> None:
        self.contents = Contents(self.model, self.times, self.known.source_views(self.model))

    def run(self, wanted: list[Tie], bound: int, tries: int, rounds: int) -> OfflineLayout:
        """Return the best layout; ties that meet at the peak are left out, or made first, one after another."""
        # Stripes live on results that take the place of operands: without, nothing streamed is ever smaller.
        starts = [wanted, [], [tie for tie in wanted if self._is_view(tie)]] if bound else [wanted]
        begun = [(way, start) for start in starts for way in self.begun(start, rounds)]
        begun.sort(key=lambda item: item[0].height_bytes)
        near = [item for item in begun[:_CONTENDERS] if item[0].height_bytes <= _NEAR * begun[0][0].height_bytes]
        for way, _ in near:
            way.go(rounds)
        self.leader, chosen = min(near, key=lambda item: item[0].height_bytes)
        best = self.leader.layout(solving=True)
        if best.height_bytes <= bound or self.work.is_over():
            return best
        tried = set[tuple[Tie, ...]]()
        while tries > 0 and best.height_bytes > bound:
            improved = False
            for other in self.neighbours(chosen, wanted):
                if tries <= 0 or self.work.is_over():
                    return best
                if tuple(other) in tried:
                    continue
                tried.add(tuple(other))
                tries -= 1
                layout = self.lay(other, _ROUNDS)
                if _rank(layout) < _rank(best):
                    chosen, best, improved = other, layout, True
                    break
            if not improved:
                break
        closer = self.lay(chosen, 4 * rounds) if best.height_bytes > bound and tried else best
        return min(best, closer, key=_rank)

    def closer(self, rounds: int) -> OfflineLayout:
        """Return the plan that leads after so many more rounds."""
        if self.leader is None:
            raise PlanError("no plan leads before one is begun")
        self.leader.go(rounds)
        return self.leader.layout()

    def begun(self, wanted: Sequence[Tie], rounds: int) -> Iterator[LayoutSearch]:
        """Yield what may come of these ties, as far as a first look shows; what cannot lead any more is left out."""
        found = self.groups(wanted)
        permitted = list(self.overlaps(found))
        for overlaps in ([], permitted) if permitted else ([],):
            way = LayoutSearch(found, self.rooms, self.known, permitted=overlaps, work=self.work)
            if self.lowest_bytes is not None and way.bound_bytes >= self.lowest_bytes:
                continue
            way.go(max(1, rounds // self.glances))
            self.lowest_bytes = min(way.height_bytes, self.lowest_bytes or way.height_bytes)
            yield way

    def lay(self, wanted: Sequence[Tie], rounds: int) -> OfflineLayout:
        """Return the plan found with these ties; what may run behind its operand does where that is lower."""
        found = self.groups(wanted)
        plain = self._placed(found, [], rounds)
        if self.bound_bytes is None or plain.height_bytes <= self.bound_bytes:
            return plain
        permitted = list(self.overlaps(found)) if self.losses < _LOSSES else []
        if not permitted:
            return plain
        behind = self._placed(found, permitted, rounds)
        # Where it never helps, time is better spent on other ties.
        self.losses = self.losses + 1 if behind.height_bytes >= plain.height_bytes else -len(self.times.runs)
        return min(plain, behind, key=_rank)

    def _placed(self, found: AliasedModel, permitted: Sequence[Overlap], rounds: int) -> OfflineLayout:
        way = LayoutSearch(found, self.rooms, self.known, permitted=permitted, work=self.work)
        way.go(rounds)
        return way.layout(solving=rounds > _ROUNDS)

    def groups(self, wanted: Sequence[Tie]) -> AliasedModel:
        """Return the groups that these ties make."""
        return AliasedModel(
            self.model, self.times, tied(AliasSets(self.model, self.times, self.known, self.contents), wanted)
        )

    def neighbours(self, chosen: list[Tie], wanted: list[Tie]) -> Iterator[list[Tie]]:
        """Yield choices that differ by one tie of what lives at the peak."""
        found = self.groups(chosen)
        high = _at_peak(found)
        for tie in wanted:
            if tie[0] not in high and tie[1] not in high:
                continue
            rest = [other for other in chosen if other != tie]
            if tie in chosen:
                yield rest
            if chosen[:1] != [tie]:
                yield [tie, *rest]

    def overlaps(self, found: AliasedModel) -> Iterator[Overlap]:
        """Yield what kernels permit without asking for it, where it concerns no other tensors of the groups."""
        where, members = {}, []
        for index, items in enumerate(found.by_anchor.values()):
            members.append([tensor for tensor, _ in items])
            where.update({tensor: (index, at) for tensor, at in items})
        for (source, result), highest_bytes in self._behind.items():
            if source in where and result in where:
                (first, at), (second, result_at) = where[source], where[result]
                if first != second and self._alone((source, result), members[first], members[second]):
                    yield Overlap(first, second, None, highest_bytes + at - result_at)

    @cached_property
    def _behind(self) -> dict[tuple[TensorId, TensorId], int]:
        """Return the operands behind which a result may run, by how much at most."""
        found: dict[tuple[TensorId, TensorId], int] = {}
        for graph in self.model.graphs:
            for op in graph.ops:
                if op.id not in self.times.runs:
                    continue
                site = AliasSite(self.model, graph, op, self.times, self.keep_inputs)
                for way in ways(graph, op, library=self.kernel_library):
                    source, result = op.inputs[way.operand], op.outputs[way.output]
                    if source is None or way.wanted_bytes is not None or way.highest_bytes is None:
                        continue
                    if op.inputs.count(source) == 1 and is_free(site, way, source):
                        known = found.get((source, result), way.highest_bytes)
                        found[source, result] = max(known, way.highest_bytes)
        return found

    def _alone(self, pair: tuple[TensorId, TensorId], one: Sequence[TensorId], other: Sequence[TensorId]) -> bool:
        """Whether of two groups no other tensors live at the same time."""
        live = self.times.live
        return all(
            (first, second) == pair or not any(a.overlaps(b) for a in live[first] for b in live[second])
            for first in one
            for second in other
        )

    def _is_view(self, tie: Tie) -> bool:
        one, other, distance_bytes = tie
        return self.contents.same(one, 0, other, distance_bytes)


def _rank(layout: OfflineLayout) -> tuple[int, int]:
    return layout.height_bytes, layout.bound_bytes


def _at_peak(found: AliasedModel) -> set[TensorId]:
    """Return the tensors of the groups that live where most bytes live."""
    groups, compounds = list(found.by_anchor.values()), found.compounds
    steps = {block.first for compound in compounds for block in compound.blocks}
    peak = max(steps, key=lambda step: sum(_bytes_at(compound, step) for compound in compounds), default=0)
    return {
        tensor
        for members, compound in zip(groups, compounds, strict=True)
        if _bytes_at(compound, peak)
        for tensor, _ in members
    }


def _bytes_at(compound: Compound, step: int) -> int:
    return covered_bytes(
        (block.low_bytes, block.high_bytes) for block in compound.blocks if block.first <= step < block.end
    )
