"""A loop of views whose rows come from the application: the first step to a model that is fed some rows an Invoke.

Written as a WHILE whose body reads rows that nobody makes, so that it is planned as every loop is; `feeding` then
makes the body the main graph. What the body reads so must stand where nothing lives from trip to trip.
"""

from dataclasses import replace

from arenafit.ir import DType, Tensor, TensorId
from arenafit.layout import Hints
from arenafit.ops.rows import PadValue
from arenafit.streaming.loop.body import with_rows
from arenafit.streaming.loop.loop_state import Streamed
from arenafit.streaming.loop.padding import pad_value
from arenafit.streaming.loop.space_state import SpaceState
from arenafit.streaming.loop.viewed_state import ViewedState
from arenafit.streaming.schedule import Read


class _Fed(ViewedState):
    """A loop of views, one source of which is fed."""

    _rows: TensorId | None = None
    _pad: float | None = None

    def fed(self, read: Read) -> TensorId:
        """Return the rows of a trip, which the application has written before it."""
        if self._rows is None:
            source = self.graph.tensor(read.tensor)
            self._rows = self.body.like(source.name, source, with_rows(source.shape, self.schedule.axis, read.rows))
        return self._rows

    def comes_padded(self, tensor: Tensor, kind: PadValue) -> bool:
        """Whether the application can give rows outside the image as padding: those that are taken as they are."""
        maker = self.graph.producers[tensor.id]
        if self.schedule.fed not in maker.operands:
            return False
        if maker.name == "RESHAPE":
            self._pad = pad_value(tensor, kind)
        elif maker.name == "QUANTIZE" and kind == "zero_point":
            source = self.graph.tensor(maker.operands[0])
            if source.dtype is not DType.FLOAT32:
                return False
            self._pad = 0.0
        return self._pad is not None

    def finish(self) -> Streamed:
        """Return the model with the loop; the rows fed live from the start of a trip until they are last read."""
        made = super().finish()
        if self._rows is None:
            return made
        last = made.model.graphs[self.body_index].uses[self._rows][-1]
        hints = made.hints + Hints(read_by=((self._rows, last.id),))
        return replace(made, hints=hints, fed=self._rows, padding=self._pad)


class FedState(_Fed):
    """The loop of views that is fed."""


class FedSpaceState(_Fed, SpaceState):
    """The same for TFLM without DYNAMIC_UPDATE_SLICE."""
