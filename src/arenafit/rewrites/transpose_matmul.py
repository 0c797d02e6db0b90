"""A constant that BATCH_MATMUL transposes is stored transposed.

TFLM keeps a transposed copy of a left operand that is adjoint and of a right one that is not, for as long as the
interpreter lives (AllocInitTransposeTensorFromTfLiteTensor of tensorflow/lite/micro/kernels/batch_matmul.cc, commit
90b983c2): of a constant, the same bytes once more in RAM. Stored the other way round it is read where it stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Constant, Model, Op
from arenafit.rewrites._sites import Site, edit, locate, sites
from arenafit.rewrites.protocol import Move

# For each operand, the option that says it is adjoint, and its value where TFLM makes a copy.
_COPIED: Mapping[int, tuple[str, bool]] = MappingProxyType({0: ("adj_x", True), 1: ("adj_y", False)})


class TransposeMatmul:
    """Offers a move per constant that TFLM would keep a transposed copy of."""

    name = "transpose_matmul"
    cleanup = True

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves; `operand` says which."""
        for site in sites(model):
            for op in site.graph.ops:
                for position in _COPIED:
                    if _is_copied(site, op, position):
                        note = f"the constant of {op.name} stored transposed"
                        yield Move(self.name, (op.id,), (("operand", position),), note=note)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model with the constant stored the other way round.

        Raises:
            UnsupportedModelError: if TFLM makes no copy of a constant there.
        """
        site, op = locate(model, move.where[0])
        position = dict(move.parameters).get("operand")
        if not isinstance(position, int) or position not in _COPIED or not _is_copied(site, op, position):
            raise UnsupportedModelError(f"{op.name} {op.id} reads no constant that would be transposed")
        editor = edit(model)
        known = site.input(op, position)
        turned = np.ascontiguousarray(np.swapaxes(known.array(), -1, -2))
        made = editor.add_tensor(
            known.name, known.dtype, turned.shape, quant=known.quant, data=Constant.of(turned), graph=site.index
        )
        name, copied = _COPIED[position]
        inputs = tuple(made if place == position else operand for place, operand in enumerate(op.inputs))
        options = None if op.options is None else op.options.with_values(**{name: not copied})
        editor.update_op(replace(op, inputs=inputs, options=options), site.index)
        editor.prune_tensors()
        return editor.build()


def _is_copied(site: Site, op: Op, position: int) -> bool:
    name, copied = _COPIED[position]
    known = site.constant(op, position)
    if op.name != "BATCH_MATMUL" or op.options is None or known is None or len(known.shape) < 2:
        return False
    if op.options.get(name) is None:
        return False  # options of another kind
    # Scales along a dimension would have to move with it; another reader would keep the constant as it is in flash.
    plain = known.quant is None or len(known.quant.scales) <= 1
    is_so = bool(op.options.get(name)) is copied
    alone = all(reader.name == op.name for reader in site.graph.uses.get(known.id, ()))
    return is_so and plain and alone and known.id not in site.named


REWRITE = TransposeMatmul()
