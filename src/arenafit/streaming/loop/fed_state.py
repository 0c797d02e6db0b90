"""A loop of views whose rows come from the application: the first step to a model that is fed some rows an Invoke.

Written as a WHILE whose body reads rows that nobody makes, so that it is planned as every loop is; `feeding` then
makes the body the main graph. What the body reads so must stand where nothing lives from trip to trip.
"""

from dataclasses import replace

from arenafit.ir import TensorId
from arenafit.layout import Hints
from arenafit.streaming.loop.body import with_rows
from arenafit.streaming.loop.loop_state import Streamed
from arenafit.streaming.loop.space_state import SpaceState
from arenafit.streaming.loop.viewed_state import ViewedState
from arenafit.streaming.schedule import Read


class _Fed(ViewedState):
    """A loop of views, one source of which is fed."""

    _rows: TensorId | None = None

    def fed(self, read: Read) -> TensorId:
        """Return the rows of a trip, which the application has written before it."""
        if self._rows is None:
            source = self.graph.tensor(read.tensor)
            self._rows = self.body.like(source.name, source, with_rows(source.shape, self.schedule.axis, read.rows))
        return self._rows

    def finish(self) -> Streamed:
        """Return the model with the loop; the rows fed live from the start of a trip until they are last read."""
        made = super().finish()
        if self._rows is None:
            return made
        last = made.model.graphs[self.body_index].uses[self._rows][-1]
        return replace(made, hints=made.hints + Hints(read_by=((self._rows, last.id),)), fed=self._rows)


class FedState(_Fed):
    """The loop of views that is fed."""


class FedSpaceState(_Fed, SpaceState):
    """The same for TFLM without DYNAMIC_UPDATE_SLICE."""
