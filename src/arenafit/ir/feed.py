"""The contract of a model that takes an input some rows at a time: which rows each Invoke of a frame is given.

It is kept in the file's metadata, so that whoever gets the file can tell. A row is a run of elements of the frame.
"""

import json
from dataclasses import asdict, dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from arenafit.errors import MALFORMED

if TYPE_CHECKING:
    from arenafit.ir.model import Model, Tensor

ROWS_METADATA = "arenafit.rows"
_VERSION = 1
# No frame of a microcontroller has more calls or elements: a contract that says so is damaged.
_MOST_CALLS, _MOST_ELEMENTS = 1 << 18, 1 << 26


@dataclass(frozen=True, slots=True)
class Feed:
    """Which rows of an input are fed when.

    Attributes:
        position: of the input among the model's inputs.
        frame_shape: of the whole input, as the original takes it.
        rows: of a frame.
        row_elements: of each.
        rows_per_call: that every Invoke is given.
        calls: Invokes a frame; the outputs are valid after the last.
        first: row of the frame that the first call begins with; negative: it begins before the frame.
        padding: what every element of a row outside the frame must hold, as stored; None: such rows may hold anything.
    """

    position: int
    frame_shape: tuple[int, ...]
    rows: int
    row_elements: int
    rows_per_call: int
    calls: int
    first: int = 0
    padding: float | None = None

    def first_row(self, call: int) -> int:
        """Return the row that a call (from 0) begins with; it may lie outside the frame."""
        return self.first + call * self.rows_per_call

    def rows_of(self, call: int) -> range:
        """Return the rows of the frame that a call is given, those outside the frame left out."""
        first = self.first_row(call)
        return range(min(self.rows, max(0, first)), max(0, min(self.rows, first + self.rows_per_call)))

    def packed(self) -> bytes:
        """Return the metadata."""
        return json.dumps({"version": _VERSION, **asdict(self)}).encode()


def feed_of(model: "Model") -> Feed | None:
    """Return how a model is to be fed; None if it takes whole inputs, or what the file says does not fit its input."""
    raw = dict(model.metadata).get(ROWS_METADATA)
    if raw is None:
        return None
    try:
        found = json.loads(raw)
        if found.pop("version") != _VERSION:
            return None
        feed = Feed(**{**found, "frame_shape": tuple(int(extent) for extent in found["frame_shape"])})
        whole = model.main.tensor(model.main.inputs[feed.position])
    except MALFORMED:
        return None
    sound = _is_sound(feed) and _is_stored(feed.padding, whole)
    return feed if sound and whole.elements == feed.rows_per_call * feed.row_elements else None


def _is_sound(feed: Feed) -> bool:
    """Whether what a contract says goes together: some call is given rows, and a frame has an end."""
    counts = (feed.rows, feed.row_elements, feed.rows_per_call, feed.calls)
    if any(type(value) is not int for value in (*counts, feed.position, feed.first)):
        return False
    elements = feed.rows * feed.row_elements
    sized = min(*counts, *feed.frame_shape) > 0 and prod(feed.frame_shape) == elements <= _MOST_ELEMENTS
    fed = feed.first < feed.rows and feed.first_row(feed.calls) > 0
    return sized and fed and feed.calls <= _MOST_CALLS and feed.position >= 0


def _is_stored(padding: object, tensor: "Tensor") -> bool:
    """Whether an element of the tensor can hold the padding."""
    if padding is None:
        return True
    if type(padding) not in (int, float) or tensor.dtype.numpy_name is None:
        return False
    with np.errstate(all="ignore"):
        return bool(np.float64(padding).astype(tensor.dtype.numpy) == padding)  # type: ignore[arg-type]  # a number
