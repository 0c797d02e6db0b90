"""The messages found in a log, explained, as a document."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from arenafit import ops
from arenafit.diagnostics import Match
from arenafit.ir import OpCode
from arenafit.report.documents.document import Document
from arenafit.report.documents.memory_rows import MemoriesRow
from arenafit.units import format_size

_BYTES = "_bytes"


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message: the line it was found in, what it means, what to do."""

    id: str
    kind: str
    line_number: int
    line: str
    means: str
    do: tuple[str, ...]
    source: str
    until: str | None
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FitRow:
    """What `fit` would give, predicted and not verified."""

    min_arena_bytes: int
    instructions_ratio: float | None
    flash_bytes: int
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """The model the log is about: what it needs, predicted. `fit` is None where no rewrite makes it smaller."""

    model: str
    target: str
    min_arena_bytes: int
    head_bytes: int
    tail_bytes: int
    transient_bytes: int
    flash_bytes: int
    step: str
    why: str
    estimated: tuple[str, ...]
    fit: FitRow | None
    notes: tuple[str, ...] = ()  # what the log's own numbers say against the prediction
    memories: MemoriesRow | None = None  # the plan over several memories, if some were named and hold it


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """Why nothing can be predicted for the model: a sentence, and the exit code that goes with it."""

    text: str
    exit_code: int


@dataclass(frozen=True)
class ExplanationDocument(Document):
    """What a log says; `model` if one was named, or `problem` if nothing can be predicted for it."""

    NAME: ClassVar[str] = "explanation"
    VERSION: ClassVar[int] = 2

    messages: tuple[MessageRow, ...]
    model: ModelRow | None
    problem: ProblemRow | None = None


def explanation_document(
    matches: Iterable[Match], model: ModelRow | None, problem: ProblemRow | None = None
) -> ExplanationDocument:
    """Return the document of what was found in a log."""
    return ExplanationDocument(tuple(_row(match) for match in matches), model, problem)


def _row(match: Match) -> MessageRow:
    message = match.message
    shown = _Shown(match.values)
    return MessageRow(
        id=message.id,
        kind=message.kind.value,
        line_number=match.line_number,
        line=match.line,
        means=message.means.format_map(shown),
        do=tuple(text.format_map(shown) for text in message.do),
        source=message.source,
        until=message.until,
        values=dict(match.values),
    )


class _Shown(dict[str, str]):
    """The values as a sentence shows them; those that a form of the message leaves out become "?"."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__({name: _shown(name, value) for name, value in values.items()})
        operator = values.get("operator", "")
        method = ops.resolver_method(OpCode(operator)) or ops.resolver_method(OpCode("CUSTOM", custom_code=operator))
        self["method"] = f"{method}()" if method else f'AddCustom("{operator}", …)'

    def __missing__(self, key: str) -> str:
        return "?"


def _shown(name: str, value: str) -> str:
    return format_size(int(value)) if name.endswith(_BYTES) and value.lstrip("-").isdigit() else value
