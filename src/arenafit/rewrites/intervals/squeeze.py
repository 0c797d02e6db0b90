"""SQUEEZE: the values in their order, axes of extent 1 left out."""

from collections.abc import Sequence

from arenafit.ir import Op
from arenafit.rewrites._sites import Site
from arenafit.rewrites.intervals._shapes import Reshaping
from arenafit.rewrites.intervals.protocol import Tie


class Squeezing(Reshaping):
    """The rule of SQUEEZE: without a list of axes, a last axis cut to one channel would go as well."""

    def ties(self, site: Site, op: Op) -> Sequence[Tie] | None:
        """Return the one tie, if the axes are listed."""
        listed = bool(op.options is not None and op.options.get("squeeze_dims"))
        return super().ties(site, op) if listed else None


RULE = Squeezing("SQUEEZE", states_shape=False)
