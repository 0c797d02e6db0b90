"""Operators that change nothing are dropped.

RESHAPE to the same shape, PAD by nothing, SLICE of everything, QUANTIZE to the same quantisation, CONCATENATION of
one, 1x1 pooling …, and pairs that undo each other: DEQUANTIZE then QUANTIZE back, SPLIT then CONCATENATION, UNPACK then
PACK. Multiplication by 1.0 and its like, and 1x1 maximum pooling of floats, bound infinities by the largest finite
number: dropping them is exact for finite values only.
"""

from collections.abc import Iterable

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Model, Op, TensorId, same_values
from arenafit.rewrites._bitcasts import is_identity, is_identity_for_finite
from arenafit.rewrites._finite import claim_for
from arenafit.rewrites._sites import NO_ACTIVATION, Site, bypass, can_bypass, edit, locate, sites
from arenafit.rewrites._tables import restores_all
from arenafit.rewrites.protocol import Claim, Move

_BACK = {"SPLIT": ("CONCATENATION", 1), "SPLIT_V": ("CONCATENATION", 0), "UNPACK": ("PACK", 0)}
_EXACT_ROUND_TRIPS = (DType.INT8, DType.INT16)


class DropNoop:
    """Offers a move per operator that changes nothing, alone or with the one before it."""

    name = "drop_noop"
    cleanup = True

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves; each names the operator, or the second and the first of a pair."""
        for site in sites(model):
            for op in site.graph.ops:
                claim = _alone(site, op)
                if claim is not None:
                    yield Move(self.name, (op.id,), claim=claim, note=f"{op.name} that changes nothing dropped")
                    continue
                before = _undone_by(site, op)
                if before is not None and op.outputs[0] not in site.named:
                    note = f"{before.name} and the {op.name} that undoes it dropped"
                    yield Move(self.name, (op.id, before.id), note=note)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model whose readers of the operator's output read what it was made of.

        Raises:
            UnsupportedModelError: if the operators of `move` do change something.
        """
        site, op = locate(model, move.where[0])
        editor = edit(model)
        if len(move.where) == 1 and _alone(site, op) is not None:
            bypass(editor, site, op)
            editor.prune_tensors()
            return editor.build()
        before = _undone_by(site, op)
        if before is None or before.id != move.where[-1] or op.outputs[0] in site.named:
            raise UnsupportedModelError(f"{op.name} {op.id} does change its input")
        origin = _origin(before)
        editor.rename_uses({op.outputs[0]: origin}, site.index)
        dead = {op.id} | ({before.id} if _is_read_by(site, before, op) else set())
        editor.set_schedule([present for present in editor.ops(site.index) if present.id not in dead], site.index)
        editor.prune_tensors()
        return editor.build()


def _alone(site: Site, op: Op) -> Claim | None:
    """Return what can be claimed when `op` is dropped; None if it changes something, or must stay."""
    if is_identity(site, op):
        return Claim.BIT_EXACT if can_bypass(site, op) else None
    return claim_for(site, site.input(op)) if is_identity_for_finite(site, op) and can_bypass(site, op) else None


def _origin(before: Op) -> TensorId:
    position = _BACK.get(before.name, ("", 0))[1]
    operand = before.inputs[position]
    if operand is None:
        raise UnsupportedModelError(f"{before.name} {before.id} has no operand {position}")
    return operand


def _is_read_by(site: Site, before: Op, op: Op) -> bool:
    readers = {reader.id for output in before.outputs for reader in site.graph.uses.get(output, ())}
    return readers == {op.id} and not site.named.intersection(before.outputs)


def _undone_by(site: Site, op: Op) -> Op | None:
    """Return the operator whose effect `op` takes back exactly."""
    before = site.graph.producers.get(op.inputs[0]) if op.inputs and op.inputs[0] is not None else None
    if before is None or len(op.outputs) != 1 or not before.inputs:
        return None
    if (before.name, op.name) == ("DEQUANTIZE", "QUANTIZE"):
        return before if _restores(site, before, op) else None
    wanted, position = _BACK.get(before.name, ("", 0))
    if op.name != wanted or position >= len(before.inputs) or before.inputs[position] is None:
        return None
    return before if _joins_all(site, before, op) else None


def _restores(site: Site, dequantize: Op, quantize: Op) -> bool:
    source, result = site.input(dequantize), site.output(quantize)
    parameters = None if source.quant is None else source.quant.per_tensor
    alike = source.dtype in _EXACT_ROUND_TRIPS and source.shape == result.shape and same_values(source, result)
    if parameters is None or not alike or site.output(dequantize).dtype is not DType.FLOAT32:
        return False
    return restores_all(source.dtype, *parameters)


def _joins_all(site: Site, before: Op, op: Op) -> bool:
    source, result, along = site.graph.tensor(_origin(before)), site.output(op), _along(site, op)
    options = op.options.get("fused_activation_function") if op.options else None
    in_order = tuple(op.inputs) == before.outputs and (options or NO_ACTIVATION) == NO_ACTIVATION
    parts = (site.graph.tensor(output) for output in before.outputs)
    return (
        in_order
        and along is not None
        and _along(site, before) == along
        and source.shape == result.shape
        and all(same_values(source, part) for part in (*parts, result))
    )


def _along(site: Site, op: Op) -> int | None:
    """Return the axis that a splitting or joining operator works along, counted from the front."""
    position = {"SPLIT": 0, "SPLIT_V": 2}.get(op.name)
    rank = (
        len(site.output(op).shape)
        if op.name in ("CONCATENATION", "PACK")
        else len(site.graph.tensor(_origin(op)).shape)
    )
    if not rank:
        return None
    if position is None:
        return int((op.options.get("axis") if op.options else None) or 0) % rank
    axis = site.constant(op, position)
    return None if axis is None or axis.elements != 1 else int(axis.array().reshape(-1)[0]) % rank


REWRITE = DropNoop()
