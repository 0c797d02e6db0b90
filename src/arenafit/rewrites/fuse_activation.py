"""A RELU, RELU6 or RELU_N1_TO_1 of its own becomes the fused activation of the operator before it.

Exact where both tensors have the same quantisation: the fused form clamps the same accumulator to the same bounds
(CalculateActivationRangeQuantized of tensorflow/lite/kernels/kernel_util.cc rounds them as activations_common.cc of
tensorflow/lite/micro/kernels does; commit 90b983c2). With another quantisation the separate operator rounds a second
time and stays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from arenafit import ops
from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Model, Op, same_values
from arenafit.rewrites._sites import Site, edit, locate, sites
from arenafit.rewrites.protocol import Move

_NONE, _RELU, _RELU_N1_TO_1, _RELU6 = 0, 1, 2, 3
# What two clamps after each other amount to, where that is one clamp.
_TOGETHER: Mapping[tuple[int, int], int] = MappingProxyType(
    {
        **{(_NONE, activation): activation for activation in (_RELU, _RELU_N1_TO_1, _RELU6)},
        **{(activation, activation): activation for activation in (_RELU, _RELU_N1_TO_1, _RELU6)},
        (_RELU, _RELU6): _RELU6,
        (_RELU6, _RELU): _RELU6,
    }
)
_TYPES = (DType.FLOAT32, DType.INT8, DType.INT16)


class FuseActivation:
    """Offers a move per activation that the operator before it can take in."""

    name = "fuse_activation"
    cleanup = True

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves; each names the activation and the operator before it."""
        for site in sites(model):
            for op in site.graph.ops:
                before = _fusable(site, op)
                if before is not None:
                    yield Move(self.name, (op.id, before.id), note=f"{op.name} fused into {before.name}")

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model without the activation; its output keeps its id.

        Raises:
            UnsupportedModelError: if the operator before it cannot take it in.
        """
        site, op = locate(model, move.where[0])
        before = _fusable(site, op)
        if before is None or before.options is None:
            raise UnsupportedModelError(f"{op.name} {op.id} cannot be fused into the operator before it")
        editor = edit(model)
        fused = _TOGETHER[_fused(before), _fused_as(op)]
        options = before.options.with_values(fused_activation_function=fused)
        editor.update_op(replace(before, outputs=op.outputs, options=options), site.index)
        editor.set_schedule([present for present in editor.ops(site.index) if present.id != op.id], site.index)
        editor.prune_tensors()
        return editor.build()


def _fused(op: Op) -> int:
    return int((op.options.get("fused_activation_function") if op.options else None) or _NONE)


def _fused_as(op: Op) -> int:
    operator = ops.find(op.code)
    return _NONE if operator is None else operator.fused_as or _NONE


def _fusable(site: Site, op: Op) -> Op | None:
    """Return the operator that can take in the activation `op`."""
    if _fused_as(op) == _NONE or site.reader(site.input(op).id) != op:
        return None
    before = site.graph.producers.get(site.input(op).id)
    if before is None or before.options is None or before.options.get("fused_activation_function") is None:
        return None
    takes = ops.find(before.code)
    if takes is None or not takes.fuses_activation or len(before.outputs) != 1:
        return None
    source, result = site.input(op), site.output(op)
    is_exact = same_values(source, result) and source.shape == result.shape and source.dtype in _TYPES
    return before if is_exact and (_fused(before), _fused_as(op)) in _TOGETHER else None


REWRITE = FuseActivation()
