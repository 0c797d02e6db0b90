"""A float 1x1 convolution is written as a dense layer over the last axis.

TFLM's CONV_2D keeps a multiplier and a shift for each channel in the tail even of floats, which it never uses
(tensorflow/lite/micro/kernels/conv_common.cc, commit 90b983c2); FULLY_CONNECTED does not. Both add products of one
pixel in the order of the channels, then the bias. A grouped convolution reads some channels only and stays.
"""

from collections.abc import Iterable

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Model, Op
from arenafit.ops import is_well_formed
from arenafit.rewrites._sites import Site, edit, locate, sites
from arenafit.rewrites.protocol import Move
from arenafit.tflite import make_options

_KEEPS_DIMENSIONS = 5  # the version of FULLY_CONNECTED that knows keep_num_dims


class PointwiseToDense:
    """Offers a move per float 1x1 convolution."""

    name = "pointwise_to_dense"
    cleanup = False

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves, each naming the convolution."""
        for site in sites(model):
            for op in site.graph.ops:
                if _is_pointwise(site, op):
                    yield Move(self.name, (op.id,), note=f"1x1 {op.name} written as FULLY_CONNECTED")

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model with a dense layer in the convolution's place.

        Raises:
            UnsupportedModelError: if the operator is no float 1x1 convolution.
        """
        site, op = locate(model, move.where[0])
        weights = site.constant(op, 1)
        if not _is_pointwise(site, op) or weights is None or op.options is None:
            raise UnsupportedModelError(f"{op.name} {op.id} is no float 1x1 convolution")
        editor = edit(model)
        flat = editor.add_tensor(
            weights.name,
            weights.dtype,
            (weights.shape[0], weights.shape[3]),
            quant=weights.quant,
            data=weights.data,
            graph=site.index,
        )
        options = make_options(
            "FullyConnectedOptions",
            fused_activation_function=int(op.options.get("fused_activation_function") or 0),
            keep_num_dims=True,
        )
        inputs = (op.inputs[0], flat, *op.inputs[2:])
        dense = editor.make_op("FULLY_CONNECTED", inputs, op.outputs, options, version=_KEEPS_DIMENSIONS)
        editor.replace_ops([op.id], [dense], site.index)
        editor.prune_tensors()
        return editor.build()


def _is_pointwise(site: Site, op: Op) -> bool:
    if op.name != "CONV_2D" or not is_well_formed(op) or op.options is None or not op.outputs or op.inputs[0] is None:
        return False
    source, result, weights = site.input(op), site.output(op), site.constant(op, 1)
    floats = all(tensor is not None and tensor.dtype is DType.FLOAT32 for tensor in site.graph.inputs_of(op))
    if weights is None or not floats or result.dtype is not DType.FLOAT32 or source.is_constant:
        return False
    strides = {op.options.get("stride_h"), op.options.get("stride_w")}
    pointwise = len(weights.shape) == 4 and weights.shape[1:3] == (1, 1) and strides == {1}
    return pointwise and len(source.shape) == 4 and weights.shape[3] == source.shape[3]


REWRITE = PointwiseToDense()
