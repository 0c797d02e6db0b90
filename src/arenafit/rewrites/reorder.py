"""Operators run in another order, so that less is alive at once.

The order of a graph with branches is free as long as every operator runs after those it reads from; converters write
any. Operators whose effect is not in their outputs (variables, loops, custom code) keep their order among themselves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model, Op, OpId, TensorId
from arenafit.rewrites._sites import Site, edit, has_effect, sites
from arenafit.rewrites.protocol import Move
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up

# How many partial orders are kept; graphs are narrow, so a few dozen see all that matters.
_BEAM = 48


class Reorder:
    """Offers one move: the best order found, if its largest live set is smaller than the present one."""

    name = "reorder"
    cleanup = False

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the one move for graph 0; `where` is the new order."""
        for site in sites(model)[:1]:
            present = list(range(len(site.graph.ops)))
            problem = _problem(site)
            before, _ = problem.peak_bytes(present)
            order = problem.search()
            after, _ = problem.peak_bytes(order)
            if after < before:
                where = tuple(site.graph.ops[index].id for index in order)
                note = f"operators reordered: live set {before:,} -> {after:,} bytes"
                yield Move(self.name, where, note=note)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model with its operators in the order of `move`.

        Raises:
            UnsupportedModelError: if `move` does not name every operator once, or breaks a dependency.
        """
        if sorted(move.where) != sorted(op.id for op in model.main.ops):
            raise UnsupportedModelError("the order is not one of this model's operators")
        editor = edit(model)
        editor.set_schedule([model.ops[op_id] for op_id in move.where])
        return editor.build()


@dataclass(frozen=True)
class _Problem:
    """Who must run before whom, and which bytes each operator brings to life and ends."""

    needs: tuple[int, ...]  # bit set of the operators that must have run
    born_bytes: tuple[int, ...]
    read: tuple[tuple[int, ...], ...]  # tensors each operator reads or writes, by position in `sizes`
    sizes: tuple[int, ...]
    readers: tuple[int, ...]  # bit set of the operators after which a tensor is dead; 0 keeps it alive
    start_bytes: int

    def step(self, done: int, live: int, index: int) -> tuple[int, int, int]:
        """Return (operators done, live bytes, bytes at the operator) after running operator `index`."""
        at_op = live + self.born_bytes[index]
        done |= 1 << index
        dead = (tensor for tensor in self.read[index] if self.readers[tensor] and not self.readers[tensor] & ~done)
        return done, at_op - sum(self.sizes[tensor] for tensor in dead), at_op

    def peak_bytes(self, order: Sequence[int]) -> tuple[int, int]:
        """Return the largest live set of `order`, and the sum over its operators."""
        done, live, peak, total = 0, self.start_bytes, 0, 0
        for index in order:
            done, live, at_op = self.step(done, live, index)
            peak, total = max(peak, at_op), total + at_op
        return peak, total

    def search(self) -> list[int]:
        """Return the order with the smallest (peak, sum) a beam search finds; the present one if none is possible."""
        states: dict[int, tuple[int, int, int, tuple[int, ...]]] = {0: (0, 0, self.start_bytes, ())}
        for _ in self.needs:
            found: dict[int, tuple[int, int, int, tuple[int, ...]]] = {}
            for done, (peak, total, live, order) in states.items():
                for index, needs in enumerate(self.needs):
                    if done >> index & 1 or needs & ~done:
                        continue
                    after, left, at_op = self.step(done, live, index)
                    entry = (max(peak, at_op), total + at_op, left, (*order, index))
                    if after not in found or entry < found[after]:
                        found[after] = entry
            states = dict(
                sorted(found.items(), key=lambda item: (item[1][0], item[1][2], item[1][1], item[1][3]))[:_BEAM]
            )
        # A tensor with two writers may need one before itself: then no order exists.
        return list(min(states.values())[3]) if states else list(range(len(self.needs)))


def _problem(site: Site) -> _Problem:
    graph = site.graph
    position = {op.id: index for index, op in enumerate(graph.ops)}
    tensors = [tensor for tensor in graph.tensors if tensor.id in graph.producers or tensor.id in graph.inputs]
    number = {tensor.id: index for index, tensor in enumerate(tensors)}
    sizes = tuple(align_up(tensor.size_bytes, ARENA_ALIGNMENT_BYTES) for tensor in tensors)
    outside = site.named - set(graph.inputs)
    ends = {tensor.id: _mask(position[op.id] for op in _touching(site, tensor.id)) for tensor in tensors}
    return _Problem(
        needs=_needs(site, position),
        born_bytes=tuple(sum(sizes[number[output]] for output in op.outputs) for op in graph.ops),
        read=tuple(
            tuple(sorted({number[name] for name in (*op.operands, *op.outputs) if name in number})) for op in graph.ops
        ),
        sizes=sizes,
        readers=tuple(0 if tensor.id in outside else ends[tensor.id] for tensor in tensors),
        start_bytes=sum(sizes[number[name]] for name in dict.fromkeys(graph.inputs)),
    )


def _touching(site: Site, tensor: TensorId) -> list[Op]:
    producer = site.graph.producers.get(tensor)
    return [*site.graph.uses.get(tensor, ()), *([producer] if producer else [])]


def _needs(site: Site, position: dict[OpId, int]) -> tuple[int, ...]:
    needs = []
    effects = 0
    for op in site.graph.ops:
        wanted = _mask(position[site.graph.producers[name].id] for name in op.operands if name in site.graph.producers)
        # What a variable holds depends on the assignments before.
        is_ordered = has_effect(site, op) or op.name == "READ_VARIABLE"
        needs.append(wanted | effects if is_ordered else wanted)
        effects |= 1 << position[op.id] if is_ordered else 0
    return tuple(needs)


def _mask(positions: Iterable[int]) -> int:
    mask = 0
    for index in positions:
        mask |= 1 << index
    return mask


REWRITE = Reorder()
