"""A PAD is taken into a convolution whose kernel is widened by zero taps, so that SAME pads as the PAD did.

PAD [1, 1] and a VALID 3x3 of stride 2 on an even extent is a SAME 4x4 with its last row and column zero. Costs
multiplications by zero, flash for the taps, and fast paths that optimised kernels keep for 3x3; saves the padded copy.
Zero times infinity is NaN: of floats that may be infinite, equality is claimed for finite values only.
"""

from collections.abc import Iterable

from arenafit.ir import Model
from arenafit.rewrites._padding import WIDEST, apply_fold, propose_folds
from arenafit.rewrites.protocol import Move


class FoldPadWide:
    """Offers a move per PAD that its one reader can take in with a wider kernel only."""

    name = "fold_pad_wide"
    cleanup = False

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves; parameters: the padding to set, the wider kernel, how many zero taps stand in front."""
        return propose_folds(model, self.name, widest=WIDEST)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model without the PAD and with wider weights; the reader's output keeps its id."""
        return apply_fold(model, move)


REWRITE = FoldPadWide()
