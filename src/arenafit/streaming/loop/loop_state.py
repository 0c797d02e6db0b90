"""What a streaming loop carries from trip to trip, and how its graphs are put together, in whichever way.

`CarriedState` and `ViewedState` are the two ways.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Editor, Graph, Model, Op, OpId, Options, Tensor, TensorId
from arenafit.layout import Hints
from arenafit.ops.rows import PadValue
from arenafit.streaming.loop.body import GATHERED, Writer, with_rows
from arenafit.streaming.overwrite import may_overwrite, shared_bytes
from arenafit.streaming.schedule import Read, Schedule


@dataclass(frozen=True, slots=True)
class Streamed:
    """A model with a segment streamed, and what its planning and pricing need to know."""

    model: Model
    hints: Hints
    loop: OpId
    trips: int
    fed: TensorId | None = None  # rows in the body that no operator makes: they come from the application
    padding: float | None = None  # what rows of these outside the image must hold; None: anything


@dataclass(frozen=True, slots=True)
class CarriedRows:
    """A tensor that survives a trip: as the body finds it, with the new rows written (held lines), as it leaves it."""

    found: TensorId
    written: TensorId
    left: TensorId


@dataclass(slots=True)
class Entry:
    """A position in the loop's signature."""

    before: TensorId
    after: TensorId
    body_in: TensorId
    body_out: TensorId


class ByteRuns(Protocol):
    """Writes runs of bytes into tensors of the body, whatever their shape."""

    def patch(self, line: TensorId, filler: NDArray[Any], places: NDArray[np.int64]) -> None:
        """Write the bytes of `filler` into a held line buffer, at the byte that `places` (trips,) says; -1: not."""

    def update_flat(self, whole: TensorId, rows: TensorId, axis: int, start: tuple[int, int] | NDArray[Any]) -> None:
        """Write `rows` into `whole`, a row being one run of elements; `start` is the row and the element in it."""


class LoopState(ABC):
    """The state of one loop while its body is written, and the operators around the body."""

    for_tflm_alone = False
    adds_16_bits = False  # sums may be 16 bits wide
    stores_anywhere = True  # not rows of outputs alone: also rows among columns, and blocks into padding

    def __init__(self, model: Model, schedule: Schedule, label: str, *, keep_inputs: bool) -> None:
        """Add the loop's two graphs to a copy of `model`."""
        self.graph: Graph = model.main
        self.schedule = schedule
        self.editor = Editor(model)
        self.cond_index = self.editor.add_graph(f"{label}_cond")
        self.body_index = self.editor.add_graph(f"{label}_body")
        self.main = Writer(self.editor, 0, label, self.graph.tensors)
        self.body = Writer(self.editor, self.body_index, label)
        self.cond = Writer(self.editor, self.cond_index, label)
        self.keep_inputs = keep_inputs
        self.label = label
        self.columns: list[NDArray[np.int32]] = []
        self._column_tensors: list[TensorId] = []
        self._known_columns: dict[tuple[tuple[int, ...], bytes], TensorId] = {}
        self._entries: list[Entry] = []
        self._afterwards: list[Op] = []

    def column(self, name: str, values: NDArray[Any]) -> TensorId:
        """Return the tensor that holds this trip's row of `values` (trips, words) in the body."""
        table = values.astype(np.int32)
        key = (table.shape, table.tobytes())
        if key not in self._known_columns:
            made = self.body.tensor(name, DType.INT32, (table.shape[1],))
            self.columns.append(table)
            self._column_tensors.append(made)
            self._known_columns[key] = made
        return self._known_columns[key]

    def fed(self, read: Read) -> TensorId | None:  # noqa: ARG002 only a loop that is fed has them
        """Return the body's tensor for rows that the application writes before each trip; None if it writes none."""
        return None

    def comes_padded(self, tensor: Tensor, kind: PadValue) -> bool:  # noqa: ARG002 only what is fed does
        """Whether the rows of a tensor outside the image can be had as padding of this kind; then they will be."""
        return False

    @abstractmethod
    def source(self, tensor_id: TensorId) -> TensorId:
        """Return the body's tensor for a tensor made before the loop."""

    def guarded(self, tensor: Tensor, filler: NDArray[Any]) -> TensorId | None:  # noqa: ARG002 only a loop of views has one
        """Return the body's tensor for a source with the row `filler` behind it, or None if there can be none."""
        return None

    @abstractmethod
    def stands(self, one: TensorId, other: TensorId, distance_bytes: int) -> None:
        """Note that a tensor of the body is to stand at a distance from another."""

    @abstractmethod
    def output(self, tensor_id: TensorId) -> CarriedRows:
        """Return the body's tensors for an output of the loop that rows are written to."""

    @abstractmethod
    def held(self, tensor: Tensor, filler: NDArray[Any]) -> CarriedRows:
        """Return a line buffer carried whole, `filler` its first content."""

    def line(self, tensor: Tensor, filler: NDArray[Any], *, filled: bool = True) -> CarriedRows:  # noqa: ARG002 views need not be
        """Return the rows of a line buffer that a trip keeps for the next, `filler` their first content.

        `filled`: whether anybody looks at that.
        """
        before = self.main.constant(f"{tensor.name}_before", filler, tensor.quant)
        entry = self._carry(f"{tensor.name}_kept", before, tensor, filler.shape)
        entry.body_out = self.body.like(f"{tensor.name}_keep", tensor, filler.shape)
        return CarriedRows(entry.body_in, entry.body_in, entry.body_out)

    def leave(self, kept: CarriedRows, rows: TensorId) -> bool:
        """Let the rows just made be what a trip keeps of a line buffer; False if the loop's signature forbids it."""
        entry = next(entry for entry in self._entries if entry.body_out == kept.left)
        tensor, wanted = (self.editor.tensor(item, self.body_index) for item in (rows, kept.left))
        alike = (tensor.dtype, tensor.shape, tensor.quant) == (wanted.dtype, wanted.shape, wanted.quant)
        made = any(rows in op.outputs for op in self.editor.ops(self.body_index))
        if not alike or not made or any(rows == other.body_out for other in self._entries):
            return False
        entry.body_out = rows
        return True

    @property
    def runs(self) -> ByteRuns | None:
        """What writes runs of bytes; None if rows can be written only."""
        return None

    def write(
        self, found: TensorId, rows: TensorId, start: Sequence[int] | NDArray[Any], left: TensorId, name: str
    ) -> None:
        """Make `left`: `found` with `rows` written at `start`, one place or, of shape (trips, 4), one for each trip."""
        place = self.column(name, start) if isinstance(start, np.ndarray) else self.body.ints(name, start)
        self.body.update(found, rows, place, left)

    def block(self, whole: TensorId, first: NDArray[np.int64], rows: TensorId) -> None:
        """Make `rows` of one block of rows of `whole`, from row `first` (trips,) on."""
        begin = np.zeros((len(first), 4), dtype=np.int32)
        begin[:, self.schedule.axis] = first
        size = self.editor.tensor(rows, self.body_index).shape
        self.body.slice(whole, self.column("begin", begin), size, rows)

    def clipped(
        self,
        source: Tensor,  # noqa: ARG002 only a loop whose stores are clipped has it
        first: NDArray[np.int64],  # noqa: ARG002
        padding: NDArray[Any],  # noqa: ARG002
        before: int,  # noqa: ARG002
    ) -> TensorId | None:
        """Return rows of a source from `first` (trips,) on, `before` pixels in, within `padding`; None if it cannot."""
        return None

    def patched(
        self,
        rows: Tensor,  # noqa: ARG002 only a loop whose stores are clipped has it
        first: NDArray[np.int64],  # noqa: ARG002
        filler: NDArray[Any],  # noqa: ARG002
    ) -> TensorId | None:
        """Return `rows`, just made, with `filler` over them from row `first` (trips,) on; None if it cannot.

        What of it lies before or behind them is lost.
        """
        return None

    def shift(self, whole: TensorId, kept: CarriedRows, carry: int, rate: int) -> None:
        """Move the last `carry` rows of a held line buffer to its beginning; the others stay, to be overwritten."""
        axis, tensor = self.schedule.axis, self.editor.tensor(whole, self.body_index)
        if tensor.dtype in GATHERED:
            rows = [row + rate if row < carry else row for row in range(carry + rate)]
            self.body.gather(whole, self.body.ints("moved", rows), axis, kept.left)
            return
        part = self.body.like(f"{tensor.name}_last", tensor, with_rows(tensor.shape, axis, carry))
        self.last_rows(tensor, rate, part)
        self.write(whole, part, (0, 0, 0, 0), kept.left, "front")

    def last_rows(self, whole: Tensor, first: int, output: TensorId) -> None:
        """Make `output` of the rows of a line buffer from row `first` on."""
        self._slice_rows(whole, first, self.editor.tensor(output, self.body_index).shape, output)

    def _slice_rows(self, whole: Tensor, first: int, size: Sequence[int], output: TensorId) -> None:
        begin = [0, 0, 0, 0]
        begin[self.schedule.axis] = first
        self.body.slice(whole.id, self.body.ints("begin", begin), size, output)

    @abstractmethod
    def summands(self, name: str, start: NDArray[Any], rows: TensorId) -> TensorId:
        """Return a tensor (1, 1, 1 + pixels, C): a sum kept from trip to trip, then the pixels of the trip's `rows`.

        `start` (1, 1, 1, C) is the sum at first.
        """

    @abstractmethod
    def keep_sum(self, whole: TensorId, total: TensorId, place: NDArray[Any]) -> None:
        """Write `total` into the summands at `place` (trips, 4); their first pixel is kept for the next trip."""

    @abstractmethod
    def total(self, output: Tensor) -> TensorId:
        """Return the main graph's tensor that holds the sum, after the loop, of which `output` is made."""

    @abstractmethod
    def becomes(self, stored: TensorId, output: Tensor) -> None:
        """Let a main graph's tensor, whatever its shape and scale, be `output` from now on."""

    def afterwards(self, op: Op) -> None:
        """Put an operator behind the loop."""
        self._afterwards.append(op)

    @abstractmethod
    def finish(self) -> Streamed:
        """Write what steers the loop, put the loop into the main graph and return the model."""

    def _carry(
        self, name: str, before: TensorId, like: Tensor, shape: Sequence[int], *, after: TensorId | None = None
    ) -> Entry:
        body_in = self.body.like(f"{name}_in", like, shape)
        entry = Entry(
            before, self.main.like(f"{name}_after", like, shape) if after is None else after, body_in, body_in
        )
        self._entries.append(entry)
        return entry

    def _before_body(self) -> list[Op]:
        """Take the body's operators out, so that steering can be written first; give them to `_after_steering`."""
        written = list(self.editor.ops(self.body_index))
        self.editor.set_schedule([], self.body_index)
        return written

    def _after_steering(self, written: Sequence[Op]) -> None:
        self.editor.set_schedule([*self.editor.ops(self.body_index), *written], self.body_index)

    def _control_row(self, rows: NDArray[np.int32], place: TensorId) -> TensorId:
        """Take a trip's row of `rows` (trips, words), whose first word is the trip after it; it begins with `place`."""
        rows[:, 0] *= rows.shape[1]
        row = self.body.tensor("control", DType.INT32, (rows.shape[1],))
        self.body.slice(self.body.constant("schedule", rows.reshape(-1)), place, (rows.shape[1],), row)
        return row

    def _close(self, first_contents: Sequence[Op], cond_inputs: Sequence[TensorId], goes_on: TensorId) -> OpId:
        """Set the signatures and put the WHILE where the last of the streamed operators stood."""
        editor = self.editor
        editor.set_inputs(cond_inputs, self.cond_index)
        editor.set_outputs([goes_on], self.cond_index)
        editor.set_inputs([entry.body_in for entry in self._entries], self.body_index)
        editor.set_outputs([entry.body_out for entry in self._entries], self.body_index)
        graphs = (("cond_subgraph_index", self.cond_index), ("body_subgraph_index", self.body_index))
        befores = [entry.before for entry in self._entries]
        afters = [entry.after for entry in self._entries]
        loop = editor.make_op("WHILE", befores, afters, Options("WhileOptions", graphs))
        editor.replace_ops([op.id for op in self.schedule.ops], [*first_contents, loop, *self._afterwards])
        return loop.id

    def _overwritten(self, output: TensorId, sources: Sequence[TensorId]) -> TensorId | None:
        """The source whose place the output had best take, None if it can take none."""
        shared = {
            item: shared_bytes(self.graph, self.schedule, output, item, keep_inputs=self.keep_inputs)
            for item in sources
            if may_overwrite(self.graph, self.schedule, output, item, keep_inputs=self.keep_inputs)
        }
        return max(shared, key=lambda item: shared[item], default=None)
