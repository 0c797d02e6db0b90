"""The search: base graphs, segments to stream in each, priced exactly; anytime and deterministic."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from arenafit.costs import estimate as estimate_cost
from arenafit.fit.candidate import Candidate, Stage, build, core, stream, weigh
from arenafit.fit.options import Option, options
from arenafit.fit.selection import select
from arenafit.fit.settings import Settings
from arenafit.ir import Model
from arenafit.memory.layout import live_profile
from arenafit.rewrites.protocol import Move
from arenafit.targets.target import Abi

_PRICED_PER_BASE = 10
_RATES = (0.0, 0.02, 0.1, 0.4)  # bytes of arena that all instructions of the model are worth, as shares of the arena


@dataclass(frozen=True)
class Progress:
    """What a search tells while it runs."""

    seconds: float
    candidates: int
    best_bytes: int
    doing: str


Report = Callable[[Progress], None]


@dataclass
class Search:
    """A search over one model. `run` returns every candidate worth having, the best for the settings first."""

    original: Model
    settings: Settings
    report: Report
    started: float = field(default_factory=time.monotonic)
    found: list[Candidate] = field(default_factory=list)

    def run(self) -> list[Candidate]:
        """Search until the time is over or nothing is left to try."""
        stages = self._cleaned()
        base = stages[-1].model if stages else self.original
        self._add(build([], self.original, (), self.settings), "the model as it is")
        self._add(build(stages, base, (), self.settings), "cleaned up and planned")
        if self.settings.stream:
            self._stream(stages, base)
            self._split(stages, base)
        return self.ranked()

    @property
    def elapsed(self) -> float:
        """Seconds since the search began."""
        return time.monotonic() - self.started

    def why_stopped(self, chosen: Candidate) -> str:
        """Say in a sentence what now holds the most memory, or that the time was over."""
        over = f"the time limit of {self.settings.seconds:g} s was reached; " if self._time_is_over() else ""
        peak = chosen.priced.footprint.peak
        largest = max(peak.buffers, key=lambda item: item.buffer.size_bytes, default=None)
        if largest is None or largest.buffer.tensor is None:
            return f"{over}the tail is all that is left"
        model = chosen.priced.model
        tensor = model.tensors[largest.buffer.tensor]
        kind = "the input" if tensor.id in model.main.inputs else "tensor"
        name = f"'{tensor.name}' of {tensor.size_bytes:,} B"
        tail = chosen.priced.footprint.tail_bytes
        return (
            f"{over}what is left at the peak is {kind} {name} and what it is computed with; the tail is {tail:,} B"
            f" (it was {self.found[0].priced.footprint.tail_bytes:,} B)"
            + ("" if chosen.stages else "; no rewrite made it smaller")
        )

    def ranked(self) -> list[Candidate]:
        """Every candidate no other beats in both arena and instructions, best for the settings first."""
        front = [one for one in self.found if not any(_dominates(other, one) for other in self.found)]
        return sorted(front, key=self._key)

    def _key(self, candidate: Candidate) -> tuple[float, ...]:
        stock = self.found[0].instructions
        settings = self.settings
        slow = settings.max_slowdown is not None and candidate.instructions > stock * (1 + settings.max_slowdown)
        if settings.ram_bytes is not None:
            missing = max(0, candidate.arena_bytes - settings.ram_bytes)
            return (missing, slow, candidate.instructions, candidate.arena_bytes)
        return (slow, candidate.arena_bytes, candidate.instructions)

    def _time_is_over(self) -> bool:
        return self.elapsed > self.settings.seconds

    def _add(self, candidate: Candidate, doing: str) -> None:
        self.found.append(candidate)
        best = min(item.arena_bytes for item in self.found)
        self.report(Progress(self.elapsed, len(self.found), best, doing))

    def _cleaned(self) -> list[Stage]:
        from arenafit.rewrites.pipeline import cleanup  # noqa: PLC0415  # walks the registry when first used

        model, moves = cleanup(self.original)
        if not moves:
            return []
        notes = "; ".join(dict.fromkeys(move.note or move.rewrite for move in moves))
        where = tuple(op for move in moves for op in move.where)
        return [Stage(Move("cleanup", where, note=notes), model)]

    def _stream(self, stages: list[Stage], model: Model) -> None:
        for candidate in self._streamed(stages, model):
            self._add(candidate, "streaming")

    def _streamed(self, stages: list[Stage], model: Model) -> Iterator[Candidate]:
        """Candidates that stream segments of `model`, for each rate at which time is weighed against memory."""
        profile = live_profile(model, keep_inputs=self.settings.keep_inputs)
        live = [profile[op.id] for op in model.main.ops]
        choices = [option for option in options(model) if not self._time_is_over()]
        costs = dict(estimate_cost(model, core(self.settings)).per_op)
        total = max(1, sum(costs.values()))
        seen: set[tuple[tuple[int, int, str], ...]] = set()
        narrow = self.settings.target.abi is not Abi.LP64
        for rate in _RATES:
            weight = weigh(costs, rate * max(live, default=0) / total, 12 if narrow else 24, 45 if narrow else 80)
            ranked = select(live, [(option, weight(option)) for option in choices])
            for position, selection in enumerate(ranked):
                key = tuple((option.first, option.end, str(option.rows)) for option in selection.options)
                if position >= _PRICED_PER_BASE or self._time_is_over():
                    break
                if selection.options and key not in seen:
                    seen.add(key)
                    yield self._build(stages, model, selection.options)

    def _build(self, stages: list[Stage], model: Model, chosen: tuple[Option, ...]) -> Candidate:
        trail, behind = stream(stages, model, chosen, self.settings)
        return build(trail, trail[-1].model, behind, self.settings)

    def _split(self, stages: list[Stage], model: Model) -> None:
        """Channel splits of what is at the peak, each streamed again."""
        from arenafit.rewrites import channel_split  # noqa: PLC0415  # see _cleaned

        rewrite = channel_split.REWRITE
        tried = 0
        for move in self._moves_at_peak(model, list(rewrite.propose(model))):
            if self._time_is_over() or tried >= 24:
                return
            tried += 1
            divided = rewrite.apply(model, move)
            grown = [*stages, Stage(move, divided)]
            self._add(build(grown, divided, (), self.settings), move.note)
            for candidate in self._streamed(grown, divided):
                self._add(candidate, f"{move.note}, streamed")

    def _moves_at_peak(self, model: Model, moves: list[Move]) -> list[Move]:
        """Moves whose operators hold much, those at the highest peak first."""
        profile = live_profile(model, keep_inputs=self.settings.keep_inputs)
        top = max(profile.values(), default=0)

        def height(move: Move) -> int:
            return max(profile.get(op, 0) for op in move.where)

        worth = [move for move in moves if height(move) * 2 >= top]
        return sorted(worth, key=lambda move: (-height(move), len(move.where), move.parameters))


def _dominates(one: Candidate, other: Candidate) -> bool:
    better = one.arena_bytes < other.arena_bytes or one.instructions < other.instructions
    return better and one.arena_bytes <= other.arena_bytes and one.instructions <= other.instructions
