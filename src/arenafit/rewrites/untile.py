"""An image that was cut into stripes by hand is put together again.

Where memory is short, people cut the first layers of a network into stripes that overlap, run the layers on each, and
join the results. The same operators on the whole image compute the same, without the rows that two stripes compute
both. That takes more memory as it stands; streamed it takes less, and one set of operators instead of one a stripe.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Model, Op, Options, TensorId
from arenafit.rewrites._sites import Site, edit, locate, sites
from arenafit.rewrites._stripe_algebra import Band, Joint, StripeCut, StripePadding
from arenafit.rewrites._stripe_matching import joint
from arenafit.rewrites.protocol import Move


class Untile:
    """Offers a move per CONCATENATION of stripes that are computed alike from slices of one tensor."""

    name = "untile"
    cleanup = False

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves; each names the CONCATENATION."""
        for site in sites(model):
            for op in site.graph.ops:
                if joint(site, op) is not None:
                    yield Move(self.name, (op.id,), note=f"{len(op.inputs)} stripes joined")

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model in which the operators of the stripes run once, on the whole.

        Raises:
            UnsupportedModelError: if these are no stripes of one tensor.
        """
        site, op = locate(model, move.where[0])
        found = joint(site, op)
        if found is None:
            raise UnsupportedModelError(f"{op.name} {op.id} does not join stripes that are computed alike")
        editor = edit(model)
        editor.replace_ops(found.replaced, _whole(editor, site, found, op), site.index)
        _drop_unread_slices(editor, site, found)
        editor.prune_tensors()
        return editor.build()


def _whole(editor: Editor, site: Site, found: Joint, join: Op) -> list[Op]:
    """Return the operators that make the whole tensor, the last of them into the output of `join`."""
    made: list[TensorId] = []  # by step
    ops: list[Op] = []
    for step in found.steps:
        model = editor.tensor(step.band.example, site.index)
        if isinstance(step, StripeCut) and step.band.shape == editor.tensor(step.source, site.index).shape:
            made.append(step.source)
            continue
        result = join.outputs[0]
        if step is not found.steps[-1]:
            name = f"{model.name}/joined"
            result = editor.add_tensor(name, model.dtype, step.band.shape, quant=model.quant, graph=site.index)
        made.append(result)
        if isinstance(step, StripeCut):
            limits = [
                editor.add_constant(name, np.array(values, np.int32), graph=site.index)
                for name, values in (("begin", step.begins), ("size", step.band.shape))
            ]
            ops.append(editor.make_op("SLICE", (step.source, *limits), (result,), Options("SliceOptions"), version=2))
        elif isinstance(step, StripePadding):
            amounts = editor.add_constant("amounts", np.array(step.amounts, np.int32), graph=site.index)
            inputs = (made[step.source.whole], amounts)
            ops.append(editor.make_op("PAD", inputs, (result,), Options("PadOptions"), version=2))
        else:
            operands = [made[item.whole] if isinstance(item, Band) else item for item in step.inputs]
            clone = editor.clone_op(step.op, operands, (result,))
            if step.padding is not None and clone.options is not None:
                clone = replace(clone, options=clone.options.with_values(padding=step.padding))
            ops.append(clone)
    return ops


def _drop_unread_slices(editor: Editor, site: Site, found: Joint) -> None:
    sources = {step.source for step in found.steps if isinstance(step, StripeCut)}
    ops = editor.ops(site.index)
    read = {operand for op in ops for operand in op.operands} | site.named
    cut = ("SLICE", "STRIDED_SLICE")
    kept = [op for op in ops if not (op.name in cut and op.inputs[0] in sources) or read.intersection(op.outputs)]
    editor.set_schedule(kept, site.index)


REWRITE = Untile()
