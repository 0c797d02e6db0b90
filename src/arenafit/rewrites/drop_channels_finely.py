"""Channels that can only hold one value, or that nobody reads, are cut even where kernels compute four at once.

As `drop_channels`, to the last channel: less memory, and perhaps more time.
"""

from collections.abc import Iterable

from arenafit.ir import Model
from arenafit.rewrites._cut_channels import apply_cut, propose_cut
from arenafit.rewrites.protocol import Move


class DropChannelsFinely:
    """Offers one move for the whole model: all channels that need not be computed."""

    name = "drop_channels_finely"
    cleanup = False

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the one move, if any channel can go; it names the layers that lose some."""
        return propose_cut(model, self.name, 1)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model without the channels.

        Raises:
            UnsupportedModelError: if `move` was made for another model.
        """
        return apply_cut(model, move, 1)


REWRITE = DropChannelsFinely()
