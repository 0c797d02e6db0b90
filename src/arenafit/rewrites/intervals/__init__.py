"""Which values each channel of a tensor can hold, and how channels of results hang on channels of operands.

Rules by family of operators (`ops.Family`), found by walking this directory. A channel is a position along the last
axis. An operator without a rule says nothing: its results hold anything, and it reads all of every operand.
"""

from collections.abc import Mapping
from functools import cache

from arenafit import ops, registry
from arenafit.ir import Op
from arenafit.ops import Family, is_well_formed
from arenafit.rewrites.intervals.protocol import Changes, Facts, Maker, Rule, Span, Tie, Weighted, accept

__all__ = ["Changes", "Facts", "Rule", "Span", "Tie", "Weighted", "rule_of"]

_UNKNOWN = Rule()


@cache
def _rules() -> Mapping[str, Rule]:
    makers: dict[Family, Maker] = {}
    for families in registry.discover("arenafit.rewrites.intervals", "RULES", accept):
        makers.update(families)
    made = {name: maker(ops.operators()[False, name]) for name, maker in ops.by_family(makers).items()}
    return {name: rule for name, rule in made.items() if rule is not None}


def rule_of(op: Op) -> Rule:
    """Return the rule of an operator; one that says nothing where there is none."""
    return _rules().get(op.name, _UNKNOWN) if is_well_formed(op) and op.outputs else _UNKNOWN
