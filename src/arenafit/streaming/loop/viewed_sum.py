"""A sum at the end of a loop's carried block, with the rows of a trip made behind it, for TFLM alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from arenafit.ir import OpId, TensorId


@dataclass(slots=True)
class ViewedSum:
    """What there is of the sum in the graphs, all of it views."""

    start: NDArray[Any]
    views: tuple[TensorId, TensorId]  # the sum and the rows behind it, as an operator reads and leaves them
    rows: TensorId
    last_reader: OpId | None = None  # of the rows
    total: TensorId | None = None  # in the main graph, after the loop

    def tied(self, block: TensorId, after: TensorId, place: int) -> Iterator[tuple[TensorId, TensorId, int]]:
        """Yield what stands where if the sum is at byte `place` of the carried block, before and after a trip."""
        yield (*self.views, 0)
        yield block, self.rows, place + self.start.nbytes
        if self.total is not None:
            yield block, after, 0
            yield after, self.total, place

    def read_by(self) -> Iterator[tuple[TensorId, OpId]]:
        """Yield the rows, which operators read through the views."""
        if self.last_reader is not None:
            yield self.rows, self.last_reader

    def made_by(self, loop: OpId) -> Iterator[tuple[TensorId, OpId]]:
        """Yield the main graph's view, which the loop makes."""
        if self.total is not None:
            yield self.total, loop
