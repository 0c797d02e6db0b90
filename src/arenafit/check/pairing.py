"""Which model is checked against which budget."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from arenafit.check.budget import Budget, BudgetLimits
from arenafit.check.config import Config
from arenafit.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Check:
    """One model against one budget. `name` is the model's path as it is shown and looked up in a baseline."""

    name: str
    path: Path
    budget: str
    limits: BudgetLimits


def pair(config: Config, models: Sequence[Path], flags: BudgetLimits) -> tuple[Check, ...]:
    """Return what is to be checked, in the order of the models, then of the budgets.

    A model is checked against every named budget whose patterns it matches (so one model can have a budget per board),
    else against the common one; `flags` replace what either states. Without `models`, the patterns say which.

    Raises:
        ConfigError: if nothing is to be checked, a pattern matches no file, or a check could not fail.
    """
    found = [_named(path, config) for path in models] if models else _by_patterns(config)
    if not found:
        raise ConfigError("no model to check: name one, or list 'models' in arenafit.toml")
    checks = tuple(check for name, path in found for check in _checks(name, path, config, flags))
    for check in checks:
        if not check.limits.states_something:
            raise ConfigError(
                f"{check.name}: nothing to check against: give --arena, --flash, --board, --memory or --baseline,"
                " or a [budget] in arenafit.toml"
            )
    return checks


def _checks(name: str, path: Path, config: Config, flags: BudgetLimits) -> Iterator[Check]:
    matching = [budget for budget in config.named if _holds_for(budget, path, config)]
    for budget in matching or [config.common]:
        limits = flags.over(budget.limits.over(config.common.limits))
        yield Check(name, path, budget.name, limits)


def _holds_for(budget: Budget, path: Path, config: Config) -> bool:
    wanted = path.resolve()
    return any(file.resolve() == wanted for pattern in budget.models for file in _glob(config, pattern))


def _named(path: Path, config: Config) -> tuple[str, Path]:
    try:
        return path.resolve().relative_to(config.folder.resolve()).as_posix(), path
    except ValueError:
        return path.as_posix(), path


def _by_patterns(config: Config) -> list[tuple[str, Path]]:
    patterns = [pattern for budget in (config.common, *config.named) for pattern in budget.models]
    found: dict[str, Path] = {}
    for pattern in patterns:
        files = _glob(config, pattern)
        if not files:
            raise ConfigError(f"'{pattern}' in arenafit.toml matches no file in {config.folder.resolve()}")
        found |= {file.relative_to(config.folder).as_posix(): file for file in files}
    return sorted(found.items())


def _glob(config: Config, pattern: str) -> list[Path]:
    try:
        return sorted(path for path in config.folder.glob(pattern) if path.is_file())
    except (ValueError, NotImplementedError):
        raise ConfigError(f"'{pattern}' in arenafit.toml is no pattern of files in the folder it stands in") from None
