"""A streaming loop as valid TFLite for TFLM without DYNAMIC_UPDATE_SLICE: CONCATENATION and GATHER store rows.

A trip's rows are joined to the rows of the output so far, in front of them, and one GATHER by indices of the control
table takes each row of the output from where it stood, or from the new ones. Planned in place both copy bytes onto
themselves but for the new rows: the joined tensor is a view over the new rows and, right behind them, the output.
TFLM's kernels are those since 2021 (tensorflow/lite/micro/kernels/gather.cc and concatenation.cc): memcpy, row by row.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import Model, OpId, TensorId
from arenafit.layout import Hints
from arenafit.streaming.loop.body import with_rows
from arenafit.streaming.loop.carried_state import CarriedState
from arenafit.streaming.loop.loop_state import Streamed
from arenafit.streaming.schedule import Schedule


class GatheredState(CarriedState):
    """The loop as valid TFLite, with CONCATENATION and GATHER for every DYNAMIC_UPDATE_SLICE."""

    stores_anywhere = False

    def __init__(self, model: Model, schedule: Schedule, label: str, *, keep_inputs: bool) -> None:
        """Begin with nothing stored."""
        super().__init__(model, schedule, label, keep_inputs=keep_inputs)
        self._tied: list[tuple[TensorId, TensorId, int]] = []
        self._windows: set[TensorId] = set()
        self._read_by: list[tuple[TensorId, OpId]] = []

    def write(
        self, found: TensorId, rows: TensorId, start: Sequence[int] | NDArray[Any], left: TensorId, name: str
    ) -> None:
        """Make `left`: `found` with `rows` written where each trip's row of `start` (trips, 4) says."""
        if not isinstance(start, np.ndarray):
            raise NotImplementedError(f"{type(self).__name__} writes {name} of {rows} at places of each trip only")
        axis, trips = self.schedule.axis, np.arange(len(start))
        whole, part = (self.editor.tensor(item, self.body_index) for item in (found, rows))
        count, height = part.shape[axis], whole.shape[axis]
        taken = np.tile(np.arange(count, count + height), (len(start), 1))
        for row in range(count):
            taken[trips, start[:, axis] + row] = row
        both = self.body.like(f"{whole.name}_both", whole, with_rows(whole.shape, axis, count + height))
        self.body.concatenate((rows, found), axis, both)
        self.body.gather(both, self.column(name, taken), axis, left)
        if any(extent != 1 for extent in whole.shape[:axis]):
            return  # rows are spread over memory: they move for every trip
        row_bytes = prod(whole.shape[axis + 1 :]) * whole.dtype.bits // 8
        self._tied += [(found, both, -count * row_bytes), (both, rows, 0)]
        self._windows.add(both)
        # What the GATHER reads through the view must stay until then.
        gathering = self.editor.ops(self.body_index)[-1].id
        self._read_by += [(rows, gathering), (found, gathering)]

    def keep_sum(self, whole: TensorId, total: TensorId, place: NDArray[Any]) -> None:  # noqa: ARG002 nothing is written
        """Keep the sum for the next trip where `place` (trips, 4) is the first pixel, else what was kept so far."""
        pixel = self._known_sum()
        before, after = (self.editor.tensor(item, self.body_index) for item in (pixel.body_in, pixel.body_out))
        both = self.body.like(f"{before.name}_both", before, (*before.shape[:2], 2, before.shape[3]))
        self.body.concatenate((before.id, total), 2, both)
        self.body.gather(both, self.column("sum_kept", place[:, 2:3] == 0), 2, after.id)

    def finish(self) -> Streamed:
        """Write what steers the loop, put the loop into the main graph and return the model."""
        made = super().finish()
        views = Hints(tied=tuple(self._tied), windows=frozenset(self._windows), read_by=tuple(self._read_by))
        return replace(made, hints=made.hints + views)
