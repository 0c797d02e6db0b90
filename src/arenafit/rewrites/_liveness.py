"""Which tensors are alive at which operator, and how many bytes they take: what rewrites aim at, not what they cost.

The exact head also knows scratch buffers, alignment and the planner; whoever chooses between moves asks `memory`.
"""

from dataclasses import dataclass
from functools import cached_property

from arenafit.ir import TensorId
from arenafit.rewrites._sites import Site


@dataclass(frozen=True)
class Liveness:
    """Half-open lifetimes of the tensors of one graph, in operator steps."""

    site: Site

    @cached_property
    def spans(self) -> dict[TensorId, tuple[int, int]]:
        """The lifetime of each tensor in the arena: from its producer (inputs: from 0) to behind its last reader."""
        graph = self.site.graph
        first = dict.fromkeys(graph.inputs, 0)
        end = dict.fromkeys(graph.inputs, 1)
        for step, op in enumerate(graph.ops):
            for tensor in op.outputs:
                first.setdefault(tensor, step)
            for tensor in (*op.outputs, *op.operands):
                if tensor in first:
                    end[tensor] = step + 1
        last = len(graph.ops)
        return {tensor: (step, last if tensor in graph.outputs else end[tensor]) for tensor, step in first.items()}

    @cached_property
    def bytes_at(self) -> tuple[int, ...]:
        """The bytes alive at each operator."""
        if not self.site.graph.ops:
            return ()
        deltas = [0] * (len(self.site.graph.ops) + 1)
        for tensor, (first, end) in self.spans.items():
            size_bytes = self.site.graph.tensor(tensor).size_bytes
            deltas[first] += size_bytes
            deltas[end] -= size_bytes
        total = 0
        found = []
        for delta in deltas[:-1]:
            total += delta
            found.append(total)
        return tuple(found)
