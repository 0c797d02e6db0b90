"""Constant tensors that are equal in every respect become one, and a RESHAPE reads its shape from its options.

TFLM keeps an entry in the tail for every tensor of the file, constants included (TfLiteEvalTensor: 24 bytes on 64-bit,
12 on 32-bit targets), and 24 bytes more while it plans; the shape operand of RESHAPE it never even looks at
(tensorflow/lite/micro/kernels/reshape_common.cc, commit 90b983c2).
"""

from collections.abc import Iterable
from dataclasses import replace

from arenafit.ir import Model, Op, Options, Tensor, TensorId, same_quant
from arenafit.rewrites._sites import Site, edit, locate, sites
from arenafit.rewrites.protocol import Move

_MERGED_BY_OPTIONS = "RESHAPE"


class DedupeConstants:
    """Offers one move for the whole model: all equal constants, all shape operands."""

    name = "dedupe_constants"
    cleanup = True

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the one move, if there is anything to share; `tensors` are those that go."""
        doubles = tuple(sorted(key for site in sites(model) for key in _doubles(site)))
        reshapes = tuple(op.id for site in sites(model) for op in site.graph.ops if _has_spare_operand(site, op))
        if doubles or reshapes:
            parts = [f"{len(doubles)} repeated constants shared"] if doubles else []
            parts += [f"{len(reshapes)} shape operands dropped"] if reshapes else []
            note = ", ".join(parts)
            yield Move(self.name, reshapes, (("tensors", doubles),), note=note)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model with the constants shared; the first of equal ones stays."""
        gone = dict(move.parameters).get("tensors")
        wanted = set(gone) if isinstance(gone, tuple) else set()
        reshapes = {locate(model, op_id)[1].id for op_id in move.where}
        editor = edit(model)
        editor.set_offline_plan(model.offline_plan)
        for site in sites(model):
            mapping = {double: first for double, first in _doubles(site).items() if double in wanted}
            editor.rename_uses(mapping, site.index, outputs=False)
            for op in editor.ops(site.index):
                if op.id in reshapes:
                    options = Options("ReshapeOptions", (("new_shape", site.output(op).shape),))
                    editor.update_op(replace(op, inputs=op.inputs[:1], options=options), site.index)
        editor.prune_tensors()
        return editor.build()


def _has_spare_operand(site: Site, op: Op) -> bool:
    # A scalar's shape has no extents, and the options cannot tell that from a shape that is not given.
    is_spare = op.name == _MERGED_BY_OPTIONS and len(op.inputs) == 2 and site.constant(op, 1) is not None
    return is_spare and len(site.output(op).shape) > 0


def _doubles(site: Site) -> dict[TensorId, TensorId]:
    """Return, for each constant that repeats an earlier one of its graph, the earlier one."""
    found: dict[TensorId, TensorId] = {}
    seen: dict[tuple[object, ...], list[Tensor]] = {}
    for tensor in site.graph.tensors:
        if tensor.data is None or tensor.is_variable or tensor.id in site.named or tensor.id not in site.graph.uses:
            continue
        alike = seen.setdefault((tensor.dtype, tensor.shape, tensor.data, tensor.extras), [])
        first = next((other for other in alike if same_quant(other.quant, tensor.quant)), None)
        if first is None:
            alike.append(tensor)
        else:
            found[tensor.id] = first.id
    return found


REWRITE = DedupeConstants()
