"""A PAD in front of a convolution or a pooling becomes the padding of that operator.

Saves the padded copy of the tensor and the operator. Folds that need a wider kernel are in `fold_pad_wide.py`.
"""

from collections.abc import Iterable

from arenafit.ir import Model
from arenafit.rewrites._padding import apply_fold, propose_folds
from arenafit.rewrites.protocol import Move


class FoldPad:
    """Offers a move per PAD that its one reader can take in with the kernel as it is."""

    name = "fold_pad"
    cleanup = True

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves; parameters: the padding to set, the kernel, zero taps in front (none)."""
        return propose_folds(model, self.name, widest=1)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model without the PAD; the reader's output keeps its id."""
        return apply_fold(model, move)


REWRITE = FoldPad()
