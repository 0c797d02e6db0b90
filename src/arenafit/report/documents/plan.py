"""What `plan` did to a model, as a document."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from arenafit.fit import Verdict
from arenafit.fit.relayout import PlanResult
from arenafit.report.documents.answers.answer import Answer, Budget
from arenafit.report.documents.answers.plan import plan_answer
from arenafit.report.documents.document import Document
from arenafit.report.documents.memory_rows import MemoriesRow


@dataclass(frozen=True)
class PlanDocument(Document):
    """Head, tail and smallest arena before and after, predicted for `target`, with the bound on the head.

    `bound_bytes`: no head is lower with these operators in the best order found, results in place made use of; but for
    that of a plan made by a rewrite, which knew more of the model's loops than the model says.
    """

    NAME: ClassVar[str] = "plan"
    VERSION: ClassVar[int] = 2

    model: str
    output: str
    target: str
    how: str
    head_before_bytes: int
    head_after_bytes: int
    bound_bytes: int
    gap: float
    arena_before_bytes: int
    arena_after_bytes: int
    verdict: Verdict
    answer: Answer | None = None
    memories: MemoriesRow | None = None  # the planned model over several memories, if some were named


def plan_document(
    name: str, output: str, result: PlanResult, budget: Budget, options: Sequence[str] = ()
) -> PlanDocument:
    """Return the document of a plan for the model called `name`; `options` name what it was planned for."""
    after = result.after
    return PlanDocument(
        model=name,
        output=output,
        target=after.footprint.target.name,
        how=after.how,
        head_before_bytes=result.before.head_bytes,
        head_after_bytes=after.footprint.head_bytes,
        bound_bytes=after.bound_bytes,
        gap=round(after.gap, 4),
        arena_before_bytes=result.before.min_arena_bytes,
        arena_after_bytes=after.footprint.min_arena_bytes,
        verdict=result.verdict,
        answer=plan_answer(name, output, result, budget, options),
    )
