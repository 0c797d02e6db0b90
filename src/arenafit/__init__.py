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
    from arenafit.api.measure import compare_model, measure_model, replay_rows
    from arenafit.api.overlay import overlay_model
    from arenafit.api.parts import export_parts, fit_parts, replay_parts
    from arenafit.api.plan import PlannedModel, plan_model
    from arenafit.api.prune import Prune, prune_history, prune_model
    from arenafit.api.quantize import Quantize, quantize_model
    from arenafit.api.repair import repair_model
    from arenafit.api.report import report_model
    from arenafit.api.sweep import Sweep, join_sweep, resume_sweep, sweep_model
    from arenafit.api.together import share_arena
    from arenafit.api.whatif import WhatIf, whatif_model
    from arenafit.check.budget import BudgetLimits
    from arenafit.errors import (
        ArenafitError,
        BudgetError,
        ComparisonError,
        ConfigError,
        DataError,
        ModelFormatError,
        NotVerifiedError,
        OutputError,
        PartlyVerifiedError,
        PlanError,
        RefusedModelError,
        RunnerError,
        RuntimeUnavailableError,
        TargetError,
        UnsupportedModelError,
        VerificationError,
    )
    from arenafit.fit.settings import Loops
    from arenafit.report.documents.check import CheckDocument
    from arenafit.report.documents.diff import DiffDocument
    from arenafit.report.documents.explanation import ExplanationDocument
    from arenafit.report.documents.export import ExportDocument
    from arenafit.report.documents.fit import FitDocument, FitsDocument
    from arenafit.report.documents.html_report import ReportDocument
    from arenafit.report.documents.inspection import Inspection
    from arenafit.report.documents.parts import PartsDocument, ReplayDocument
    from arenafit.report.documents.prune import HistoryDocument, PruneDocument
    from arenafit.report.documents.quantize import QuantizeDocument
    from arenafit.report.documents.repair import RepairDocument
    from arenafit.report.documents.sweep import SweepDocument
    from arenafit.report.documents.together import TogetherDocument
    from arenafit.report.documents.whatif import WhatIfDocument
    from arenafit.rewrites.protocol import Validity
    from arenafit.runtime.types import Measurement, Refusal
    from arenafit.tflm.comparison import Comparison
    from arenafit.validity.finding import Finding

__all__ = [
    "ArenafitError",
    "BudgetError",
    "BudgetLimits",
    "CheckDocument",
    "Comparison",
    "ComparisonError",
    "ConfigError",
    "DataError",
    "DiffDocument",
    "ExplanationDocument",
    "ExportDocument",
    "Finding",
    "FitDocument",
    "FitsDocument",
    "HistoryDocument",
    "Inspection",
    "Loops",
    "Measurement",
    "ModelFormatError",
    "NotVerifiedError",
    "OutputError",
    "PartlyVerifiedError",
    "PartsDocument",
    "PlanError",
    "PlannedModel",
    "Prune",
    "PruneDocument",
    "Quantize",
    "QuantizeDocument",
    "Refusal",
    "RefusedModelError",
    "RepairDocument",
    "ReplayDocument",
    "ReportDocument",
    "RunnerError",
    "RuntimeUnavailableError",
    "Sweep",
    "SweepDocument",
    "TargetError",
    "TogetherDocument",
    "UnsupportedModelError",
    "Validity",
    "VerificationError",
    "WhatIf",
    "WhatIfDocument",
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
    "join_sweep",
    "measure_model",
    "overlay_model",
    "plan_model",
    "prune_history",
    "prune_model",
    "quantize_model",
    "repair_model",
    "replay_parts",
    "replay_rows",
    "report_model",
    "resume_sweep",
    "share_arena",
    "sweep_model",
    "whatif_model",
]

# Which module of arenafit holds it.
_HOMES = {
    "ArenafitError": "errors",
    "BudgetError": "errors",
    "BudgetLimits": "check.budget",
    "CheckDocument": "report.documents.check",
    "Comparison": "tflm.comparison",
    "ComparisonError": "errors",
    "ConfigError": "errors",
    "DataError": "errors",
    "DiffDocument": "report.documents.diff",
    "ExplanationDocument": "report.documents.explanation",
    "ExportDocument": "report.documents.export",
    "Finding": "validity.finding",
    "FitDocument": "report.documents.fit",
    "FitsDocument": "report.documents.fit",
    "HistoryDocument": "report.documents.prune",
    "Inspection": "report.documents.inspection",
    "Loops": "fit.settings",
    "Measurement": "runtime.types",
    "ModelFormatError": "errors",
    "NotVerifiedError": "errors",
    "OutputError": "errors",
    "PartlyVerifiedError": "errors",
    "PartsDocument": "report.documents.parts",
    "PlanError": "errors",
    "PlannedModel": "api.plan",
    "Prune": "api.prune",
    "PruneDocument": "report.documents.prune",
    "Quantize": "api.quantize",
    "QuantizeDocument": "report.documents.quantize",
    "Refusal": "runtime.types",
    "RefusedModelError": "errors",
    "RepairDocument": "report.documents.repair",
    "ReplayDocument": "report.documents.parts",
    "ReportDocument": "report.documents.html_report",
    "RunnerError": "errors",
    "RuntimeUnavailableError": "errors",
    "Sweep": "api.sweep",
    "SweepDocument": "report.documents.sweep",
    "TargetError": "errors",
    "TogetherDocument": "report.documents.together",
    "UnsupportedModelError": "errors",
    "Validity": "rewrites.protocol",
    "VerificationError": "errors",
    "WhatIf": "api.whatif",
    "WhatIfDocument": "report.documents.whatif",
    "check_models": "api.check",
    "compare_model": "api.measure",
    "diagnose_model": "api.diagnose",
    "diff_models": "api.diff",
    "explain_log": "api.explain",
    "export_model": "api.export",
    "export_parts": "api.parts",
    "fit_model": "api.fit",
    "fit_models": "api.fit_many",
    "fit_parts": "api.parts",
    "inspect_model": "api.inspect",
    "join_sweep": "api.sweep",
    "measure_model": "api.measure",
    "overlay_model": "api.overlay",
    "plan_model": "api.plan",
    "prune_history": "api.prune",
    "prune_model": "api.prune",
    "quantize_model": "api.quantize",
    "repair_model": "api.repair",
    "replay_parts": "api.parts",
    "replay_rows": "api.measure",
    "report_model": "api.report",
    "resume_sweep": "api.sweep",
    "share_arena": "api.together",
    "sweep_model": "api.sweep",
    "whatif_model": "api.whatif",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use: `import arenafit` alone stays light.
    if name in _HOMES:
        return getattr(import_module(f"arenafit.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'arenafit' has no attribute '{name}'")


def __dir__() -> list[str]:
    # What is loaded on first use is there all the same: editors and help() ask this.
    return sorted({*globals(), *__all__})
