"""The gate on the quality of `fit`: a fixed dozen of models, each with a counted effort, and the bytes to be found.

`quality_gate.toml` beside this file lists them. An arena more than 0.5 % above its `bytes` fails, unless a
`[[allowed]]` entry for the model states the larger figure and why. Nothing is run on TFLM: the search alone is judged,
and what it finds depends on neither the machine nor its load.
"""

import tomllib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from arenafit.errors import ConfigError
from arenafit.fit import Settings
from arenafit.fit.search.driver import Search
from arenafit.rewrites.protocol import Validity
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import read_bytes

FILE = Path(__file__).with_suffix(".toml")
_ROOT = Path(__file__).parents[1]
_TOLERATED_PER_MILLE = 5


@dataclass(frozen=True, slots=True)
class Case:
    """A model with an effort, the bytes found with it, and the larger figure that was allowed, if one was."""

    model: str  # examples/… of this repository, or dev/… of the corpus
    validity: str
    effort: int
    bytes: int
    allowed_bytes: int | None = None
    why: str = ""

    @property
    def limit_bytes(self) -> int:
        """The most that passes."""
        expected = max(self.bytes, self.allowed_bytes or 0)
        return expected + expected * _TOLERATED_PER_MILLE // 1000

    def path(self, corpus: Path | None) -> Path | None:
        """Return where the model is; None if it is one of the corpus, and there is none."""
        if self.model.startswith("examples/"):
            return _ROOT / f"{self.model}.tflite"
        return None if corpus is None else corpus / "models" / f"{self.model}.tflite"


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found. `steps` is the work it counted."""

    bytes: int
    candidates: int
    steps: int


def cases(content: str) -> list[Case]:
    """Return the cases of a gate file.

    Raises:
        ConfigError: if an entry lacks a field, or a larger figure is allowed without a reason, or for no case.
    """
    document = tomllib.loads(content)
    allowed = {_key(entry): entry for entry in document.get("allowed", [])}
    for key, entry in allowed.items():
        if not str(entry.get("why", "")).strip():
            raise ConfigError(f"quality gate: {' '.join(key)} is allowed more bytes without saying why")
    known = {_key(entry) for entry in document.get("model", [])}
    if strangers := sorted(set(allowed) - known):
        raise ConfigError(f"quality gate: more bytes are allowed for {strangers[0][0]}, which is no case")
    return list(_cases(document.get("model", []), allowed))


def _cases(entries: list[dict[str, Any]], allowed: dict[tuple[str, str], dict[str, Any]]) -> Iterator[Case]:
    for entry in entries:
        model, validity = _key(entry)
        more = allowed.get((model, validity), {})
        try:
            yield Case(model, validity, entry["effort"], entry["bytes"], more.get("bytes"), more.get("why", ""))
        except KeyError as error:
            raise ConfigError(f"quality gate: {model} has no {error}") from None


def _key(entry: dict[str, Any]) -> tuple[str, str]:
    return str(entry.get("name")), str(entry.get("validity", "tflite"))


def search(case: Case, corpus: Path | None) -> Found | None:
    """Return what the search finds for a case; None where its model is not there."""
    path = case.path(corpus)
    if path is None or not path.is_file():
        return None
    model = read_bytes(path.read_bytes(), path.name)
    run = Search(
        model, Settings(target=CORTEX_M4, effort=case.effort, validity=Validity(case.validity)), lambda _: None
    )
    best = run.run()[0]
    return Found(best.arena_bytes, len(run.found), run.work.spent)


def verdict(case: Case, found: Found | None) -> tuple[bool, str]:
    """Return whether a case passes, and the line that says so."""
    name = f"{case.model} {case.validity}, effort {case.effort}"
    if found is None:
        return not case.model.startswith("examples/"), f"skipped  {name}: the model is not there"
    change = f"{case.bytes:,} -> {found.bytes:,} bytes ({found.bytes / case.bytes - 1:+.2%})"
    if found.bytes > case.limit_bytes:
        return False, f"FAILED   {name}: {change}; mend it, or allow it in {FILE.name} and say why"
    if found.bytes < case.bytes:
        return True, f"better   {name}: {change}; write the new figure into {FILE.name}"
    return True, f"ok       {name}: {change}" + (f", allowed: {case.why}" if case.why else "")


def gate(corpus: Path | None, jobs: int) -> bool:
    """Search every case and print the verdicts; return whether all pass."""
    wanted = cases(FILE.read_text(encoding="utf-8"))
    with ProcessPoolExecutor(jobs) as pool:
        judged = [
            verdict(case, found)
            for case, found in zip(wanted, pool.map(partial(search, corpus=corpus), wanted), strict=True)
        ]
    for _, line in judged:
        print(line)
    return all(passed for passed, _ in judged)
