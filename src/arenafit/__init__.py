"""arenafit: fits TensorFlow Lite Micro models into the memory of microcontrollers."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from arenafit._version import __version__

if TYPE_CHECKING:
    from arenafit.api.check import check_models
    from arenafit.api.diagnose import diagnose_model
    from arenafit.api.diff import diff_models
    from arenafit.api.explain import explain_log
    from arenafit.api.export import export_model
    from arenafit.api.fit import fit_model
    from arenafit.api.fit_many import fit_models
    from arenafit.api.inspect import inspect_model
    from arenafit.api.measure import compare_model, measure_model
    from arenafit.api.overlay import overlay_model
    from arenafit.api.parts import export_parts, fit_parts, replay_parts
    from arenafit.api.plan import plan_model
    from arenafit.api.prune import Prune, prune_history, prune_model
    from arenafit.api.quantize import Quantize, quantize_model
    from arenafit.api.repair import repair_model
    from arenafit.api.report import report_model
    from arenafit.api.whatif import WhatIf, whatif_model

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

# Which file of `arenafit.api` holds it.
_FILES = {
    "Prune": "prune",
    "Quantize": "quantize",
    "WhatIf": "whatif",
    "check_models": "check",
    "compare_model": "measure",
    "diagnose_model": "diagnose",
    "diff_models": "diff",
    "explain_log": "explain",
    "export_model": "export",
    "export_parts": "parts",
    "fit_model": "fit",
    "fit_models": "fit_many",
    "fit_parts": "parts",
    "inspect_model": "inspect",
    "measure_model": "measure",
    "overlay_model": "overlay",
    "plan_model": "plan",
    "prune_history": "prune",
    "prune_model": "prune",
    "quantize_model": "quantize",
    "repair_model": "repair",
    "replay_parts": "parts",
    "report_model": "report",
    "whatif_model": "whatif",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use: `import arenafit` alone stays light.
    if name in _FILES:
        return getattr(import_module(f"arenafit.api.{_FILES[name]}"), name)
    raise AttributeError(f"module 'arenafit' has no attribute '{name}'")


def __dir__() -> list[str]:
    # What is loaded on first use is there all the same: editors and help() ask this.
    return sorted({*globals(), *__all__})
