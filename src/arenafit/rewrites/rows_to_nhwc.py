"""Dense layers, norms and element-wise operators over rows are written for (1, N, 1, K), so that rows can be streamed.

Transformers and front ends of recurrent networks work on tensors (N, K), (1, N, K), (B, T, K): what streaming knows as
an image of N rows. Reshapes inside such a region go; those at its ends cost no memory, since their bytes stay the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from operator import mul

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Model, Op, OpId, Options, Tensor, TensorId
from arenafit.ops.facts import RowsForm
from arenafit.rewrites._liveness import Liveness
from arenafit.rewrites._rows import joins_rows, lifted, moving, rows_shape
from arenafit.rewrites._sites import Site, edit, locate, sites
from arenafit.rewrites.protocol import Move

_IMAGE_RANK = 4
# A loop has a table in flash with some 30 bytes a trip.
_MOST_ROWS = 4096


class RowsToNhwc:
    """Offers a move per number of rows and run of operators that work on so many."""

    name = "rows_to_nhwc"
    cleanup = False

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves of graph 0 where much is alive, most operators first; `rows` is the one parameter."""
        found = [region for site in sites(model)[:1] for region in _regions(site) if _holds_much(site, region)]
        for region in sorted(found, key=lambda item: -len(item.ops)):
            names = f"{region.ops[0].name} to {region.ops[-1].name}" if len(region.ops) > 1 else region.ops[0].name
            where = tuple(op.id for op in region.ops)
            yield Move(self.name, where, (("rows", region.rows),), note=f"{names} written for {region.rows} rows")

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model with the operators of `move` on tensors (1, rows, 1, K), under new ids.

        Raises:
            UnsupportedModelError: if they do not work on so many rows one by one.
        """
        rows = dict(move.parameters).get("rows")
        if not move.where or not isinstance(rows, int) or rows < 1:
            raise UnsupportedModelError(f"operators {sorted(move.where)} do not work on {rows!r} rows")
        site, _ = locate(model, move.where[0])
        chosen = set(move.where)
        ops = tuple(op for op in site.graph.ops if op.id in chosen)
        found = {op.id: lifted(site, op, rows) for op in ops if not joins_rows(site, op, rows)}
        if len(ops) != len(chosen) or any(item is None for item in found.values()):
            raise UnsupportedModelError(f"operators {sorted(chosen)} do not work on {rows} rows")
        known = {op_id: item for op_id, item in found.items() if item is not None}
        return _Lifting(site, RowsRegion(rows, ops), known).run()


@dataclass(frozen=True)
class RowsRegion:
    """Operators, in schedule order, that work on the same number of rows and hang together."""

    rows: int
    ops: tuple[Op, ...]


def _regions(site: Site) -> Iterator[RowsRegion]:
    shapes = (site.graph.tensor(output).shape for op in site.graph.ops for output in op.outputs)
    counts = {rows for shape in shapes for rows in accumulate(shape[:-1], mul) if 1 < rows <= _MOST_ROWS}
    for rows in sorted(counts, reverse=True):
        ops = [op for op in site.graph.ops if joins_rows(site, op, rows) or lifted(site, op, rows) is not None]
        for part in _connected(site, ops):
            computing = [op for op in part if not joins_rows(site, op, rows)]
            # Images are streamed as they are.
            if any(not _is_image(site.graph.tensor(tensor)) for op in computing for tensor in _touched(site, op)):
                yield RowsRegion(rows, tuple(part))


def _holds_much(site: Site, region: RowsRegion) -> bool:
    """Whether half of the peak or more is alive at some operator: elsewhere rows would save nothing."""
    alive = Liveness(site).bytes_at
    chosen = {op.id for op in region.ops}
    most = max(alive[step] for step, op in enumerate(site.graph.ops) if op.id in chosen)
    return 2 * most >= max(alive)


def _is_image(tensor: Tensor) -> bool:
    return len(tensor.shape) == _IMAGE_RANK and tensor.shape[0] == 1


def _touched(site: Site, op: Op) -> tuple[TensorId, ...]:
    return (*moving(site, op), *op.outputs)


def _connected(site: Site, ops: list[Op]) -> list[list[Op]]:
    """Parts of `ops` that share tensors, each in schedule order."""
    part_of: dict[TensorId, int] = {}
    parts: dict[int, list[Op]] = {}
    for number, op in enumerate(ops):
        met = {part_of[tensor] for tensor in _touched(site, op) if tensor in part_of}
        parts[number] = [*(member for part in sorted(met) for member in parts.pop(part)), op]
        for member in parts[number]:
            part_of.update(dict.fromkeys(_touched(site, member), number))
    order = {op.id: position for position, op in enumerate(ops)}
    return [sorted(part, key=lambda op: order[op.id]) for part in parts.values()]


class _Lifting:
    def __init__(self, site: Site, region: RowsRegion, found: dict[OpId, RowsForm]) -> None:
        self._site = site
        self._region = region
        self._found = found
        self._editor: Editor = edit(site.model)
        self._inside = {op.id for op in region.ops}
        self._made = {output for op in region.ops for output in op.outputs}
        self._origin: dict[TensorId, TensorId] = {}  # what holds the bytes of a tensor that a view makes
        self._rows: dict[TensorId, TensorId] = {}  # as (1, N, 1, K)

    def run(self) -> Model:
        for op in self._region.ops:
            written = self._view(op) if op.id not in self._found else self._computed(op)
            if written:
                self._editor.replace_ops([op.id], written, self._site.index)
            else:
                kept = [item for item in self._editor.ops(self._site.index) if item.id != op.id]
                self._editor.set_schedule(kept, self._site.index)
        self._editor.prune_tensors()
        return self._editor.build()

    def _view(self, op: Op) -> list[Op]:
        """Nothing, unless the outside reads the tensor in its own shape."""
        source = self._site.input(op).id
        self._origin[op.outputs[0]] = self._origin.get(source, source)
        return self._given_back(op.outputs[0])

    def _computed(self, op: Op) -> list[Op]:
        found, written = self._found[op.id], list[Op]()
        inputs: list[TensorId | None] = []
        for position, operand in enumerate(op.inputs):
            if position in found.constants:
                inputs.append(self._constant(found.constants[position]))
            elif operand is None or self._site.graph.tensor(operand).is_constant:
                inputs.append(operand)
            else:
                inputs.append(self._as_rows(self._origin.get(operand, operand), written))
        output = op.outputs[0]
        rows = self._tensor(output)
        code = replace(op.code, version=max(op.code.version, found.version))
        written.append(self._editor.clone_op(op, inputs, (rows,), options=found.options, code=code))
        return [*written, *self._given_back(output)]

    def _as_rows(self, tensor: TensorId, written: list[Op]) -> TensorId:
        if tensor not in self._rows:
            written.append(self._reshape(tensor, self._tensor(tensor)))
        return self._rows[tensor]

    def _tensor(self, tensor_id: TensorId) -> TensorId:
        tensor = self._site.graph.tensor(tensor_id)
        self._rows[tensor_id] = self._editor.add_tensor(
            f"{tensor.name}/rows",
            tensor.dtype,
            rows_shape(tensor, self._region.rows),
            quant=tensor.quant,
            graph=self._site.index,
        )
        return self._rows[tensor_id]

    def _constant(self, tensor: Tensor) -> TensorId:
        return self._editor.add_tensor(
            f"{tensor.name}/row",
            tensor.dtype,
            tensor.shape,
            quant=tensor.quant,
            data=tensor.data,
            graph=self._site.index,
        )

    def _given_back(self, tensor: TensorId) -> list[Op]:
        readers = (op.id for op in self._site.graph.uses.get(tensor, ()))
        if tensor not in self._site.named and all(reader in self._inside for reader in readers):
            return []
        origin = self._origin.get(tensor, tensor)
        return [self._reshape(self._rows[origin] if origin in self._made else origin, tensor)]

    def _reshape(self, source: TensorId, result: TensorId) -> Op:
        shape = self._editor.tensor(result, self._site.index).shape
        return self._editor.make_op("RESHAPE", [source], [result], Options("ReshapeOptions", (("new_shape", shape),)))


REWRITE = RowsToNhwc()
