"""`arenafit.check_models`: models held to memory budgets."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.check import CONFIG_NAME, Budget, BudgetLimits, Config, load_config, pair
from arenafit.report.documents.check import CheckDocument, check_document

StrPath: TypeAlias = str | PathLike[str]


def check_models(
    models: Sequence[StrPath] = (),
    limits: BudgetLimits | None = None,
    *,
    config: StrPath | None = None,
    measure: bool = False,
    estimate: bool = False,
) -> CheckDocument:
    """Return how models stand to their memory budgets; predicted, so it works on every platform.

    Args:
        models: ``.tflite`` files; by default those that the configuration lists.
        limits: limits that replace the configuration's.
        config: a file of budgets; by default ``arenafit.toml`` in the working directory, where there is one.
        measure: run the models in the real TFLM, too.
        estimate: go on where an operator's kernel is not known.

    Raises:
        ConfigError: if the configuration is unusable, or nothing is to be checked.
        TargetError: if a board or target is unknown.
        RuntimeUnavailableError: if there is nothing to measure with.
    """
    file = Path(CONFIG_NAME) if config is None else Path(config)
    found = Config(Path(), Budget("options", BudgetLimits()))
    if config is not None or file.exists():
        found = load_config(file)
    checks = pair(found, [Path(model) for model in models], limits or BudgetLimits())
    return check_document(checks, measure=measure, estimate=estimate)
