"""`arenafit.toml`: budgets per model."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arenafit.check.budget import Budget, BudgetLimits, parse_growth
from arenafit.errors import ArenafitError, ConfigError
from arenafit.textfiles import parse_toml, read_text
from arenafit.units import parse_size

CONFIG_NAME = "arenafit.toml"

_PLACE_KEYS = ("board", "target", "kernels", "tflm", "reserve")
_MEMORY_KEYS = ("memories", "arena_in", "pins")
_KEYS = (
    "models",
    "arena",
    "flash",
    "board",
    "target",
    "kernels",
    "tflm",
    "reserve",
    "growth",
    "baseline",
    *_MEMORY_KEYS,
)


@dataclass(frozen=True, slots=True)
class Config:
    """What a configuration file says: limits for every model, and budgets that replace some of them for some models.

    Patterns and paths are relative to `folder`.
    """

    folder: Path
    common: Budget
    named: tuple[Budget, ...] = ()


def load_config(path: Path) -> Config:
    """Return what the file `path` says.

    Raises:
        ConfigError: if it cannot be read, is no TOML, or says something that is not understood.
    """
    tables = parse_toml(read_text(path, ConfigError), str(path), ConfigError)
    unknown = sorted(set(tables) - {"budget"})
    if unknown:
        raise ConfigError(f"{path}: there is no table '{unknown[0]}'; budgets stand in [budget] and [budget.NAME]")
    table = tables.get("budget", {})
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: 'budget' must be a table")
    own = {key: value for key, value in table.items() if not isinstance(value, dict)}
    named = tuple(
        _budget(name, value, f"{path}: [budget.{name}]", path.parent)
        for name, value in table.items()
        if isinstance(value, dict)
    )
    for budget in named:
        if not budget.models:
            raise ConfigError(f"{path}: [budget.{budget.name}]: 'models' must name the models it holds for")
    return Config(path.parent, _budget("budget", own, f"{path}: [budget]", path.parent), named)


def _budget(name: str, table: Mapping[str, Any], where: str, folder: Path) -> Budget:
    for key in table:
        if key not in _KEYS:
            raise ConfigError(f"{where}: there is no key '{key}'; known are {', '.join(_KEYS)}")
    models = table.get("models", [])
    if not isinstance(models, list) or not all(isinstance(item, str) and item for item in models):
        raise ConfigError(f"{where}: 'models' must be a list of patterns such as [\"models/*.tflite\"]")
    board = _text(table, "board", where)
    if board is not None and board.endswith(".toml"):
        board = str(folder / board)
    baseline, growth = _text(table, "baseline", where), _text(table, "growth", where)
    try:
        limits = BudgetLimits(
            arena_bytes=_size(table, "arena", where),
            flash_bytes=_size(table, "flash", where),
            board=board,
            target=_text(table, "target", where),
            kernels=_text(table, "kernels", where),
            tflm=_text(table, "tflm", where),
            reserve_bytes=_size(table, "reserve", where),
            growth=None if growth is None else parse_growth(growth),
            baseline=None if baseline is None else folder / baseline,
            memories=_texts(table, "memories", where, '["dtcm=128K", "axi=512K:2"]'),
            arena_in=_text(table, "arena_in", where),
            pins=_texts(table, "pins", where, '["input=sram1"]'),
        )
    except ArenafitError as error:
        text = str(error)
        raise ConfigError(text if text.startswith(where) else f"{where}: {text}") from None
    if limits.board is not None and limits.target is not None:
        raise ConfigError(f"{where}: a board brings its own target: name one of the two")
    return Budget(name, limits, tuple(models))


def _texts(table: Mapping[str, Any], key: str, where: str, example: str) -> tuple[str, ...] | None:
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        raise ConfigError(f"{where}: '{key}' must be a list such as {example}")
    return tuple(value)


def _text(table: Mapping[str, Any], key: str, where: str) -> str | None:
    value = table.get(key)
    if value is not None and (not isinstance(value, str) or not value):
        raise ConfigError(f"{where}: '{key}' must be a text in quotation marks")
    return value


def _size(table: Mapping[str, Any], key: str, where: str) -> int | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str) or (isinstance(value, int) and value < 0):
        raise ConfigError(f"{where}: '{key}' must be a number of bytes or a size such as \"64K\"")
    return value if isinstance(value, int) else parse_size(value)
