"""What every job in a child does once its interpreter stands: set inputs, invoke, report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from arenafit.runtime.details import to_json
from arenafit.runtime.inputs import Domain, input_sets
from arenafit.runtime.types import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arenafit.runtime.types import Array, TensorDetails


class Report(Protocol):
    """How a job tells how far it is: each call sends one frame; the last one carries the result."""

    def __call__(self, header: dict[str, Any], arrays: Sequence[Array] = ()) -> None:
        """Send `header` and `arrays`."""


class Session(Protocol):
    """A loaded model, ready to be invoked."""

    inputs: tuple[TensorDetails, ...]
    outputs: tuple[TensorDetails, ...]

    def reset(self) -> None:
        """Put variables back to what they were after loading."""

    def set_inputs(self, batch: Sequence[Array]) -> None:
        """Write every input."""

    def invoke(self) -> tuple[Array, ...]:
        """Invoke and return a copy of every output."""


def batches_of(
    job: dict[str, Any], arrays: Sequence[Array], inputs: Sequence[TensorDetails]
) -> list[tuple[Array, ...]]:
    """Return the input sets the job asks for: the arrays it sent, or generated ones.

    Raises:
        ValueError: if the arrays sent are not a whole number of input sets.
    """
    if job["generate"] is not None:
        wanted = dict(job["generate"])
        domains = tuple(None if one is None else Domain(**one) for one in wanted.pop("domains"))
        return list(input_sets(inputs, **wanted, domains=domains))
    count = job["batches"]
    if len(arrays) != count * len(inputs):
        raise ValueError(
            f"{len(arrays)} arrays were given for {count} invocations, but the model has {len(inputs)} inputs"
        )
    return [tuple(arrays[i * len(inputs) : (i + 1) * len(inputs)]) for i in range(count)]


def invoke_all(
    session: Session, batches: Sequence[Sequence[Array]], reset: bool, report: Report
) -> list[tuple[Array, ...]]:
    """Return the outputs of each batch, invoked one after the other on the same interpreter."""
    results: list[tuple[Array, ...]] = []
    for batch in batches:
        report({"stage": "inputs"})
        if reset:
            session.reset()
        session.set_inputs(batch)
        report({"stage": "invoke"})
        results.append(session.invoke())
    return results


def result_frame(
    job: dict[str, Any], session: Session, results: Sequence[tuple[Array, ...]]
) -> tuple[dict[str, Any], list[Array]]:
    """Return the last frame of a job: details, and either the outputs (verb "run") or their digests."""
    header: dict[str, Any] = {
        "done": True,
        "invocations": len(results),
        "inputs": to_json(session.inputs),
        "outputs": to_json(session.outputs),
    }
    if job["verb"] == "run":
        return header, [array for batch in results for array in batch]
    return {**header, "digests": [[digest(array) for array in batch] for batch in results]}, []
