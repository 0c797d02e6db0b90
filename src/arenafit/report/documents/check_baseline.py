"""What `check` holds an arena against: a model, a folder of models, or the document of an earlier check."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arenafit.check import DEFAULT_GROWTH, BudgetLimits
from arenafit.errors import ConfigError
from arenafit.ir import Model
from arenafit.report.documents.check_findings import Finding
from arenafit.targets.target import Target
from arenafit.textfiles import parse_json, read_text
from arenafit.tflite import read_bytes, read_file
from arenafit.tflm import footprint
from arenafit.units import format_size


class Baseline:
    """Where earlier figures come from: a folder of models, one model, or an earlier document."""

    def __init__(self, path: Path, name: str, target: str, document: str) -> None:
        """Read what is at `path` of the model called `name` on `target`; `document` is what documents call themselves.

        Raises:
            ConfigError: if there is nothing, or it is a document that is none.
        """
        self.path = path
        if not path.exists():
            raise ConfigError(f"baseline {path}: there is no such file or folder")
        # A document is looked at once, before any work, so that a damaged one ends the run.
        self._is_document = path.is_file() and path.suffix == ".json"
        self._earlier = _earlier(path, (name, target), document) if self._is_document else None
        self._file = path / name if path.is_dir() else path

    @property
    def nothing(self) -> str:
        """That there is nothing to compare with."""
        return f"not in the baseline {self.path}: nothing to compare with"

    def model(self) -> Model | None:
        """Return the earlier model, if the baseline is one or has one of this name.

        Raises:
            ModelFormatError: if it is no readable model.
        """
        if self._is_document or not self._file.exists():
            return None
        return read_bytes(read_file(self._file), f"baseline {self._file}")

    def figures(self, model: Model | None, target: Target, *, estimate: bool) -> tuple[int, int] | None:
        """Return arena and file in bytes, those of `model` on `target` if there is one; None if nothing is known."""
        if model is None:
            return None if self._earlier is None else self._earlier[:2]
        return footprint(model, target, estimate=estimate).min_arena_bytes, self._file.stat().st_size

    def other_tflm(self, target: Target) -> str | None:
        """Return that an earlier document's figures are of another TFLM than the target's; None if they are not."""
        if self._earlier is None or self._earlier[2] in ("", target.tflm):
            return None
        return f"the baseline's figures are of TFLM of {self._earlier[2]}, these of TFLM of {target.tflm}"


def growth(arena_bytes: int, earlier_bytes: int, limits: BudgetLimits) -> Finding:
    """Return whether an arena grew more than is allowed."""
    allowed = DEFAULT_GROWTH if limits.growth is None else limits.growth
    limit_bytes = earlier_bytes + int(earlier_bytes * allowed)
    grown_bytes = arena_bytes - earlier_bytes
    share = f" ({100 * grown_bytes / earlier_bytes:+.1f} %)" if earlier_bytes else ""
    text = (
        f"arena of {format_size(arena_bytes)} bytes is {grown_bytes:+,}{share} against the baseline's"
        f" {format_size(earlier_bytes)}; allowed are {float(100 * allowed):g} %"
    )
    return Finding("growth", arena_bytes <= limit_bytes, arena_bytes, limit_bytes, text)


def _earlier(path: Path, wanted: tuple[str, str], name: str) -> tuple[int, int, str] | None:
    document: Any = parse_json(read_text(path, ConfigError, what="baseline"), f"baseline {path}", ConfigError)
    rows = document.get("checks") if isinstance(document, Mapping) else None
    if not isinstance(rows, list) or document.get("document") != name:
        raise ConfigError(f"baseline {path}: is not what 'arenafit check --format json -o FILE' writes")
    for other in rows:
        if not isinstance(other, Mapping):
            raise ConfigError(f"baseline {path}: 'checks' holds something that is no check")
        if (other.get("model"), other.get("target")) == wanted:
            arena, flash, tflm = other.get("arena_bytes"), other.get("flash_bytes"), other.get("tflm", "")
            if isinstance(arena, int) and isinstance(flash, int) and min(arena, flash) >= 0:
                return arena, flash, tflm if isinstance(tflm, str) else ""
    return None
