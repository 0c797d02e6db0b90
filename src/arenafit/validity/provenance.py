"""What a fitted model says of itself: the metadata entry ``arenafit``, JSON that every later verb can read.

TFLM reads the entry OfflineMemoryAllocation alone; others cost flash and no RAM.
"""

import json
from dataclasses import dataclass
from typing import Any

from arenafit.ir import Model

METADATA = "arenafit"
_MOST_BYTES = 1 << 16  # an entry that is longer was not written by arenafit


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which version made a model, of which file, for what.

    `source_sha256` is that of the file before. `target` is a target's name, or that of `board`; `kernels` the library
    that replaced its own. `needs_tflm` is the month from which TFLM has all that the model holds; None where the oldest
    that is known has it. `options` are those of `fit_model` that were not left at their defaults.
    """

    version: str
    source_sha256: str
    target: str
    board: str | None
    kernels: str | None
    needs_tflm: str | None
    options: dict[str, str]

    @property
    def sentence(self) -> str:
        """All of it as one line."""
        options = "".join(f", {name} {value}" for name, value in self.options.items())
        kernels = "" if self.kernels is None else f" with {self.kernels}"
        return f"made by arenafit {self.version} fit for {self.target}{kernels}{options}; of {self.source_sha256[:12]}"


def provenance(model: Model) -> Provenance | None:
    """Return what a fitted model says of itself; None for one that says nothing, or nothing that can be read."""
    raw = dict(model.metadata).get(METADATA, b"")
    if not 0 < len(raw) <= _MOST_BYTES:
        return None
    try:
        data = json.loads(raw.rstrip(b"\0"))
    except (ValueError, RecursionError):
        return None
    return _read(data) if isinstance(data, dict) else None


def _read(data: dict[str, Any]) -> Provenance | None:
    options: Any = data.get("options")
    texts: list[Any] = [data.get(name) for name in ("version", "source_sha256", "target")]
    others: list[Any] = [data.get(name) for name in ("board", "kernels", "needs_tflm")]
    readable = (
        all(isinstance(text, str) for text in texts)
        and all(isinstance(text, str | None) for text in others)
        and isinstance(options, dict)
        and all(isinstance(value, str) for value in options.values())
    )
    if not readable:
        return None
    version, source, target = texts
    board, kernels, needs_tflm = others
    return Provenance(version, source, target, board, kernels, needs_tflm, options)
