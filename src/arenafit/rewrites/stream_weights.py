"""Weights that are dequantised at run time are dequantised a channel at a time, in a loop over output channels.

A DEQUANTIZE of weights puts a float copy of them into the arena. In the loop there is one row of it, and no flash is
taken, as it is by weights written out in floating point. How the loop is written, and why it is exact in TFLM and in
desktop LiteRT, which disagree about per-channel parameters: see `_weights_loop`.
"""

from collections.abc import Iterable

from arenafit.ir import Model
from arenafit.rewrites._sites import edit
from arenafit.rewrites._stored_weights import layers, located
from arenafit.rewrites._weights_loop import WeightsLoop
from arenafit.rewrites.protocol import Move

# A loop takes 1 to 3 KB of the tail.
_LEAST_BYTES = 2048


class StreamWeights:
    """Offers a move per dense layer or convolution whose weights are a DEQUANTIZE of a constant, the largest first."""

    name = "stream_weights"
    cleanup = False

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves of graph 0; each names the FULLY_CONNECTED or CONV_2D."""
        for layer in sorted(layers(model), key=lambda layer: -layer.saved_bytes):
            if layer.saved_bytes >= _LEAST_BYTES:
                note = f"{layer.op.name} in a loop over its {layer.channels} channels"
                note += f", weights dequantised one channel at a time ({layer.saved_bytes:,} bytes less)"
                yield Move(self.name, (layer.op.id,), note=note)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model with the DEQUANTIZE and the operator that reads it in one loop.

        Raises:
            UnsupportedModelError: if the operator is no FULLY_CONNECTED or CONV_2D of weights that only it reads,
                dequantised from a constant of 8 bits, or stands in another graph than 0.
        """
        layer = located(model, move.where[0])
        return WeightsLoop(layer, edit(model)).written()


REWRITE = StreamWeights()
