"""Channels that can only hold one value, or that nobody reads, are cut from the layers that compute them.

What a constant channel adds to its readers' accumulators goes into their biases, of the same 32 bits: every result
is what it was, for every input there can be. A channel counts as constant only if it is whichever way a kernel library
rounds (see `intervals`).
"""

from collections.abc import Iterable

from arenafit.ir import Model
from arenafit.rewrites._cut_channels import apply_cut, propose_cut
from arenafit.rewrites.protocol import Move

# Kernels of CMSIS-NN compute four channels at once; those left over take as long as four.
_LANES = 4


class DropChannels:
    """Offers one move for the whole model: all channels that need not be computed."""

    name = "drop_channels"
    cleanup = True

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the one move, if any channel can go; it names the layers that lose some."""
        return propose_cut(model, self.name, _LANES)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model without the channels.

        Raises:
            UnsupportedModelError: if `move` was made for another model.
        """
        return apply_cut(model, move, _LANES)


REWRITE = DropChannels()
