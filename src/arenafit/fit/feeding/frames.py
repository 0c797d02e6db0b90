"""Frames cut into the calls of a model that is fed by rows, and what its outputs are after the last call of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from arenafit.errors import DataError
from arenafit.fit.verification_inputs import details_of
from arenafit.ir import Feed, Model, feed_of
from arenafit.runtime import GeneratedInputs, Outputs, Refusal, TensorDetails, TflmPool, input_sets
from arenafit.runtime.inputs import FramedInputs
from arenafit.runtime.jobs import Inputs
from arenafit.runtime.types import Array

# Frames that a model fed by rows is compared on, one after the other in one interpreter: every kind of input among
# them, and state that is not begun anew shows.
FRAMES_VERIFIED = 24
# What nobody may look at is filled with this, so that a model that does shows it.
_SEED_OF_JUNK = 0x5EED


@dataclass(frozen=True)
class Frames:
    """How a model is fed: the contract, the input's shape in the file, and each input as a whole frame has it."""

    feed: Feed
    rows_shape: tuple[int, ...]
    ports: tuple[TensorDetails, ...]

    def calls(self, frames: Sequence[Sequence[Array]]) -> FramedInputs:
        """Return what to write before each Invoke, `feed.calls` for a frame.

        An empty array stands for an input that is not written again within a frame. Rows outside the frame hold
        the padding or, where the model asks for none, numbers drawn at random.

        Raises:
            DataError: if a frame has another number of elements than the input.
        """
        junk = np.random.default_rng(_SEED_OF_JUNK)
        return FramedInputs((call for frame in frames for call in self._frame(frame, junk)), self.feed.calls)

    def _frame(self, frame: Sequence[Array], junk: np.random.Generator) -> Iterator[tuple[Array, ...]]:
        feed = self.feed
        whole = np.asarray(frame[feed.position])
        if whole.size != feed.rows * feed.row_elements:
            raise DataError(
                f"input '{self.ports[feed.position].name}' has {feed.rows * feed.row_elements:,} elements a frame,"
                f" not {whole.size:,}"
            )
        whole = np.ascontiguousarray(whole).reshape(feed.rows, feed.row_elements)
        for call in range(feed.calls):
            size = feed.rows_per_call * feed.row_elements * whole.dtype.itemsize
            rows = np.frombuffer(junk.bytes(size), whole.dtype).reshape(feed.rows_per_call, -1).copy()
            if feed.padding is not None:
                rows[:] = feed.padding
            inside = feed.rows_of(call)
            first = feed.first_row(call)
            rows[inside.start - first : inside.stop - first] = whole[inside.start : inside.stop]
            yield tuple(
                rows.reshape(self.rows_shape) if position == feed.position else _again(array, call)
                for position, array in enumerate(frame)
            )

    def last(self, found: Outputs) -> Outputs:
        """Return the outputs after the last call of each frame."""
        return replace(found, batches=found.batches[self.feed.calls - 1 :: self.feed.calls])

    def drawn(self, count: int, seed: int = 0, kinds: Sequence[str] = ("random",)) -> list[tuple[Array, ...]]:
        """Return `count` generated frames, each with all inputs."""
        return list(input_sets(self.ports, count, seed, kinds))


def frames_of(model: Model) -> Frames | None:
    """Return how `model` is fed; None if it takes whole inputs."""
    feed = feed_of(model)
    if feed is None:
        return None
    inputs = [model.main.tensor(tensor) for tensor in model.main.inputs]
    ports = [details_of(tensor) for tensor in inputs]
    ports[feed.position] = replace(ports[feed.position], shape=feed.frame_shape)
    return Frames(feed, inputs[feed.position].shape, tuple(ports))


def run_whole(
    tflm: TflmPool, model: bytes, inputs: Inputs, fed: Frames | None, timeout_seconds: float
) -> Outputs | Refusal:
    """Return what a model computes of whole inputs, which it is given by rows if it is `fed` so."""
    if fed is None:
        return tflm.run(model, inputs, timeout_seconds=timeout_seconds)
    frames = fed.drawn(inputs.count, inputs.seed, inputs.kinds) if isinstance(inputs, GeneratedInputs) else inputs
    found = tflm.run(model, fed.calls(frames), timeout_seconds=timeout_seconds)
    return fed.last(found) if isinstance(found, Outputs) else found


def _again(array: Array, call: int) -> Array:
    return np.asarray(array) if call == 0 else np.empty(0, np.asarray(array).dtype)
