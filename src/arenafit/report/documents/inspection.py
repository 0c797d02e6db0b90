"""The inspection of a model as a document: everything in it is predicted, nothing was run."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from arenafit.report.documents.answers.answer import Answer, place_of
from arenafit.report.documents.document import Document
from arenafit.report.documents.memory_rows import MemoriesRow
from arenafit.validity import Finding


@dataclass(frozen=True, slots=True)
class OpRow:
    """An operator: the graph it is in, its place in that graph's order, its name, its first output."""

    graph: int
    index: int
    name: str
    output: str

    @property
    def label(self) -> str:
        """Such as ``#3 CONV_2D``; the graph is named unless it is the first."""
        return f"{f'graph {self.graph} ' if self.graph else ''}#{self.index} {self.name}"


@dataclass(frozen=True, slots=True)
class BufferRow:
    """A buffer of the head, from the operator that first needs it to the last; None: outside any operator.

    `role` is what it is at the peak (reads, writes, scratch, held, idle), or for the lists of tensors what it is in the
    graph (input, output, activation, scratch, orphan).
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    size_bytes: int
    offset_bytes: int
    role: str
    first_op: OpRow | None
    last_op: OpRow | None
    steps: int  # operators during which it is kept
    same_memory: int = 0  # other buffers live within its memory at the peak


@dataclass(frozen=True, slots=True)
class PeakRow:
    """Where most of the head is live, what is live there, and why.

    `buffers` are the outermost: of several in the same memory the one that tells most stands for all.
    """

    op: OpRow | None
    live_bytes: int
    buffers: tuple[BufferRow, ...]
    why: str


@dataclass(frozen=True, slots=True)
class HeadRow:
    """The planned part. No plan is lower than `bound_bytes` if it shares no more memory than the model's own does."""

    size_bytes: int
    bound_bytes: int
    planner: str
    peak: PeakRow
    long_lived: tuple[BufferRow, ...]
    large: tuple[BufferRow, ...]
    orphans: tuple[BufferRow, ...]  # nobody uses them
    unreached: tuple[BufferRow, ...] = ()  # of graphs that the first one never runs, as those of another signature


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category of the tail."""

    category: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class OpTailRow:
    """What one operator holds in the tail, and its largest parts."""

    op: OpRow
    size_bytes: int
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Driver:
    """Something that makes the tail large, and what would lower it."""

    name: str
    size_bytes: int
    what: str
    lowered_by: str


@dataclass(frozen=True, slots=True)
class TailRow:
    """The persistent part."""

    size_bytes: int
    categories: tuple[CategoryRow, ...]
    ops: tuple[OpTailRow, ...]
    drivers: tuple[Driver, ...]


@dataclass(frozen=True, slots=True)
class BindingRow:
    """The step of allocating the model that needs the largest arena."""

    step: str
    op: OpRow | None
    why: str


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A memory of the board an arena may go to."""

    name: str
    speed: str
    size_bytes: int
    reserve_bytes: int
    spare_bytes: int
    fits: bool


@dataclass(frozen=True, slots=True)
class BoardRow:
    """Whether the model fits the board; `spare_bytes` below zero is how much is missing in the memory `region`."""

    name: str
    title: str
    fits: bool
    region: str
    spare_bytes: int
    flash_spare_bytes: int
    regions: tuple[RegionRow, ...]
    note: str


@dataclass(frozen=True, slots=True)
class ElsewhereRow:
    """The same model on another target; `error` says why it cannot be predicted there."""

    target: str
    head_bytes: int | None
    tail_bytes: int | None
    min_arena_bytes: int | None
    error: str


@dataclass(frozen=True, slots=True)
class TargetRow:
    """What the figures hold for."""

    name: str
    abi: str
    kernels: str
    tflm: str

    @property
    def place(self) -> str:
        """It in a word, with its TFLM where that is not its own, as every headline says it."""
        return place_of(self.name, self.tflm)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """What is wrong with the model: how bad, of what kind, where (empty: the model itself), and what to do."""

    severity: str  # refuse, miscompute, warn
    kind: str
    operator: str
    tensor: str
    clause: str
    advice: str
    sentence: str  # all of it as one line

    @property
    def stops(self) -> bool:
        """Whether nobody should build firmware with the model as it is."""
        return self.severity != "warn"


def finding_rows(findings: Iterable[Finding]) -> tuple[FindingRow, ...]:
    """Return findings as rows."""
    return tuple(_finding_row(finding) for finding in findings)


def _finding_row(item: Finding) -> FindingRow:
    return FindingRow(
        severity=item.severity.name.lower(),
        kind=item.kind,
        operator=item.operator,
        tensor=item.tensor or "",
        clause=item.clause,
        advice=item.advice,
        sentence=item.sentence,
    )


@dataclass(frozen=True)
class Inspection(Document):
    """What arenafit predicts that TFLM's arena holds, and why.

    `min_arena_bytes` is the smallest arena in which AllocateTensors succeeds, in steps of 16 bytes; `used_bytes` what
    `arena_used_bytes()` reports; `recorded_bytes` what RecordingMicroAllocator prints as the total, its own recorders
    included. `estimated` is empty if all figures are exact, else it says what they leave out. `findings` is what is
    wrong with the model although TFLM runs it, or, with an estimate, whatever TFLM makes of it.
    """

    NAME: ClassVar[str] = "inspection"
    VERSION: ClassVar[int] = 1

    model: str
    model_sha256: str
    model_bytes: int
    operators: int
    tensors: int
    graphs: int
    target: TargetRow
    figures: str  # "predicted"
    estimated: tuple[str, ...]
    min_arena_bytes: int
    binding: BindingRow
    used_bytes: int
    recorded_bytes: int
    transient_bytes: int
    head: HeadRow
    tail: TailRow
    board: BoardRow | None
    elsewhere: tuple[ElsewhereRow, ...]
    ascii_plan: str
    answer: Answer
    findings: tuple[FindingRow, ...] = ()
    memories: MemoriesRow | None = None
    made_by: str | None = None  # what a fitted model says of itself: version, target, options, source
