"""A tensor that is cheap to make is made again where it is needed late, and not kept in between.

A QUANTIZE, a RESHAPE, an element-wise operator or a PAD of something that is alive anyway, or is smaller: keeping its
result over the peak costs arena, running it twice costs one more operator.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from arenafit import ops
from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model, Op, Tensor
from arenafit.rewrites._liveness import Liveness
from arenafit.rewrites._sites import Site, edit, locate, sites
from arenafit.rewrites.protocol import Move

# Beside what computes element by element.
_CHEAP = frozenset({"EXPAND_DIMS", "PAD", "PADV2", "RESHAPE", "SLICE", "SQUEEZE", "STRIDED_SLICE"})


@dataclass(frozen=True, slots=True)
class _Gap:
    """Between the steps `idle` = [first, end) nobody reads what `op` writes; `reader` is the next who does."""

    op: Op
    reader: Op
    idle: tuple[int, int]


class Rematerialize:
    """Offers a move per cheap tensor that is idle where most is alive."""

    name = "rematerialize"
    cleanup = False

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves of graph 0; each names the operator to run again and the first reader of its new result."""
        for site in sites(model)[:1]:
            alive = Liveness(site)
            peak = max(alive.bytes_at, default=0)
            for gap in _gaps(site):
                saved = _saved_bytes(site, alive, gap)
                if saved > 0 and max(alive.bytes_at[slice(*gap.idle)]) == peak:
                    note = f"{gap.op.name} run again before {gap.reader.name}: {saved:,} bytes less in between"
                    yield Move(self.name, (gap.op.id, gap.reader.id), note=note)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model in which the readers from the named one on read a result of their own.

        Raises:
            UnsupportedModelError: if the operator is not cheap, or the reader does not read it late.
        """
        site, op = locate(model, move.where[0])
        gap = next((gap for gap in _gaps(site) if (gap.op.id, gap.reader.id) == move.where), None)
        if gap is None:
            raise UnsupportedModelError(f"{op.name} {op.id} is not run again for operator {move.where[-1]}")
        editor = edit(model)
        kept = site.output(op)
        again = editor.add_tensor(f"{kept.name}/again", kept.dtype, kept.shape, quant=kept.quant, graph=site.index)
        schedule: list[Op] = []
        is_late = False
        for present in site.graph.ops:
            if present.id == gap.reader.id:
                is_late = True
                schedule.append(editor.clone_op(op, op.inputs, [again]))
            inputs = tuple(again if is_late and operand == kept.id else operand for operand in present.inputs)
            schedule.append(replace(present, inputs=inputs))
        editor.set_schedule(schedule, site.index)
        return editor.build()


def _gaps(site: Site) -> Iterator[_Gap]:
    position = {op.id: step for step, op in enumerate(site.graph.ops)}
    for op in site.graph.ops:
        if (
            not (op.name in _CHEAP or ops.is_elementwise(op))
            or len(op.outputs) != 1
            or op.outputs[0] in site.named
            or _source(site, op) is None
        ):
            continue
        steps = [op, *site.graph.uses.get(op.outputs[0], ())]
        for before, reader in pairwise(steps):
            idle = (position[before.id] + 1, position[reader.id])
            # The first reader has nothing to be made again for: a later place for the operator is a reordering.
            if before.id != op.id and idle[1] > idle[0]:
                yield _Gap(op, reader, idle)


def _source(site: Site, op: Op) -> Tensor | None:
    """Return the one operand of `op` in the arena, None if there are several or a variable that may change."""
    moving = [operand for position, operand in enumerate(op.inputs) if site.constant(op, position) is None]
    found = None if len(moving) != 1 or moving[0] is None else site.graph.tensor(moving[0])
    return found if found is not None and not found.is_constant and not found.is_variable else None


def _saved_bytes(site: Site, alive: Liveness, gap: _Gap) -> int:
    source = _source(site, gap.op)
    if source is None or source.id not in alive.spans:
        return 0
    is_alive_anyway = alive.spans[source.id][1] > gap.idle[1]
    return site.output(gap.op).size_bytes - (0 if is_alive_anyway else source.size_bytes)


REWRITE = Rematerialize()
