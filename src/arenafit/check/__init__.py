"""Budgets: what a model may take, from flags or from `arenafit.toml`, and which model which budget holds for."""

from arenafit.check.budget import DEFAULT_GROWTH, Budget, BudgetLimits, parse_growth
from arenafit.check.config import CONFIG_NAME, Config, load_config
from arenafit.check.pairing import Check, pair

__all__ = [
    "CONFIG_NAME",
    "DEFAULT_GROWTH",
    "Budget",
    "BudgetLimits",
    "Check",
    "Config",
    "load_config",
    "pair",
    "parse_growth",
]
