"""Short names of operators in settings and tables: ``conv#0``, ``pool#1``; the number is the place in the schedule."""

from arenafit.errors import ConfigError
from arenafit.ir import Graph, Op
from arenafit.ops import find


def short_name(graph: Graph, op: Op) -> str:
    """Return the operator's name in settings, such as ``conv#0``."""
    position = next(index for index, found in enumerate(graph.ops) if found.id == op.id)
    known = find(op.code)
    return f"{(known and known.short) or op.code.label.lower()}#{position}"


def find_op(graph: Graph, name: str) -> Op:
    """Return the operator that `name` means.

    Raises:
        ConfigError: naming what the model has instead.
    """
    kind, mark, number = name.partition("#")
    if not mark or not number.isdecimal() or int(number) >= len(graph.ops):
        last = len(graph.ops) - 1
        raise ConfigError(f"'{name}' is no operator: write its kind and number, such as conv#0 (0 to {last})")
    op = graph.ops[int(number)]
    if short_name(graph, op) != name:
        raise ConfigError(f"operator {number} is {short_name(graph, op)}, not '{kind}#{number}'")
    return op
