"""arenafit: fits TensorFlow Lite Micro models into the memory of microcontrollers."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from arenafit._version import __version__

if TYPE_CHECKING:
    from arenafit.api import compare_model, fit_model, measure_model
    from arenafit.api_fit_many import fit_models
    from arenafit.api_inspect import inspect_model
    from arenafit.api_parts import export_parts, fit_parts, replay_parts
    from arenafit.api_plan import plan_model
    from arenafit.api_prune import Prune, prune_history, prune_model
    from arenafit.api_quantize import Quantize, quantize_model
    from arenafit.api_repair import repair_model
    from arenafit.api_report import diff_models, overlay_model, report_model
    from arenafit.api_reshape import WhatIf, whatif_model
    from arenafit.api_validity import diagnose_model
    from arenafit.delivery import check_models, explain_log, export_model

__all__ = [
    "Prune",
    "Quantize",
    "WhatIf",
    "__version__",
    "check_models",
    "compare_model",
    "diagnose_model",
    "diff_models",
    "explain_log",
    "export_model",
    "export_parts",
    "fit_model",
    "fit_models",
    "fit_parts",
    "inspect_model",
    "measure_model",
    "overlay_model",
    "plan_model",
    "prune_history",
    "prune_model",
    "quantize_model",
    "repair_model",
    "replay_parts",
    "report_model",
    "whatif_model",
]

_ELSEWHERE = {
    "Prune": "arenafit.api_prune",
    "prune_history": "arenafit.api_prune",
    "prune_model": "arenafit.api_prune",
    "Quantize": "arenafit.api_quantize",
    "quantize_model": "arenafit.api_quantize",
    "WhatIf": "arenafit.api_reshape",
    "check_models": "arenafit.delivery",
    "diagnose_model": "arenafit.api_validity",
    "diff_models": "arenafit.api_report",
    "explain_log": "arenafit.delivery",
    "export_model": "arenafit.delivery",
    "fit_models": "arenafit.api_fit_many",
    "inspect_model": "arenafit.api_inspect",
    "overlay_model": "arenafit.api_report",
    "repair_model": "arenafit.api_repair",
    "export_parts": "arenafit.api_parts",
    "fit_parts": "arenafit.api_parts",
    "replay_parts": "arenafit.api_parts",
    "plan_model": "arenafit.api_plan",
    "report_model": "arenafit.api_report",
    "whatif_model": "arenafit.api_reshape",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use: `import arenafit` alone stays light.
    if name in __all__:
        return getattr(import_module(_ELSEWHERE.get(name, "arenafit.api")), name)
    raise AttributeError(f"module 'arenafit' has no attribute '{name}'")


def __dir__() -> list[str]:
    # What is loaded on first use is there all the same: editors and help() ask this.
    return sorted({*globals(), *__all__})
