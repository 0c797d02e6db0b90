"""MIRROR_PAD: values of the image, around it."""

from arenafit.ir import Op
from arenafit.rewrites.intervals._channelwise import Padding
from arenafit.rewrites.intervals.protocol import Facts, Span


class Mirroring(Padding):
    """The rule of MIRROR_PAD, which adds nothing that was not there."""

    def _added(self, _facts: Facts, _op: Op) -> Span | None:
        return None


RULE = Mirroring("MIRROR_PAD")
