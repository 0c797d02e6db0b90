"""What is wrong with a model: one finding each."""

from dataclasses import dataclass
from enum import Enum

from arenafit.ir import Graph, Op


class Severity(Enum):
    """How bad it is."""

    REFUSE = "TFLM does not run this"
    MISCOMPUTE = "TFLM computes something else than the model means"
    WARN = "the figures, or the outputs on some targets, are not what they seem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where, what kind, a sentence, and what to do about it.

    `kind` is one of type, count, rank, shape, scale, constant, option, variable, fault, operator, data, plan, guess,
    disagreement. `operator` is such as ``operator 7 (CONV_2D)``, with its graph unless that is the first; empty for
    what concerns the model. `position` and `graph` say the same by number; None without an operator.
    """

    severity: Severity
    kind: str
    operator: str
    tensor: str | None
    clause: str
    advice: str
    graph: int | None = None
    position: int | None = None

    @property
    def stops(self) -> bool:
        """Whether nobody should build firmware with the model as it is."""
        return self.severity is not Severity.WARN

    @property
    def sentence(self) -> str:
        """All of it as one line."""
        where = ", ".join(part for part in (self.operator, f"tensor '{self.tensor}'" if self.tensor else "") if part)
        return f"{where}: {self.clause}; {self.advice}" if where else f"{self.clause}; {self.advice}"

    @property
    def line(self) -> str:
        """The sentence, and what TFLM makes of the model."""
        return f"{self.severity.value}: {self.sentence}"


def disagreeing(clause: str | None) -> tuple[Finding, ...]:
    """Return the finding that TFLM and desktop LiteRT, run side by side, differ as `clause` says; () for None."""
    if clause is None:
        return ()
    what = f"run side by side with desktop LiteRT it differs grossly: {clause}"
    advice = "compare the layers in both, and convert with fixed shapes; what is measured here is TFLM's own result"
    return (Finding(Severity.MISCOMPUTE, "disagreement", "", None, what, advice),)


@dataclass(frozen=True, slots=True)
class Place:
    """An operator in its graph."""

    op: Op
    graph: Graph
    graph_index: int
    position: int

    @property
    def name(self) -> str:
        """Such as ``operator 7 (CONV_2D)``."""
        where = f"graph {self.graph_index}, " if self.graph_index else ""
        return f"{where}operator {self.position} ({self.op.code.label})"

    def finding(self, severity: Severity, kind: str, clause: str, advice: str, tensor: str | None = None) -> Finding:
        """Return a finding about this operator."""
        return Finding(severity, kind, self.name, tensor, clause, advice, self.graph_index, self.position)
