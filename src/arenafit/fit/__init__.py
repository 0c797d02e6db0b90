"""The search for a smaller arena, and the proof that what it found computes the same."""

from arenafit.fit.progress import Progress
from arenafit.fit.run import Defect, FitResult, FrontPoint, fit_bytes
from arenafit.fit.settings import Exact, Loops, Settings
from arenafit.fit.steps import Step
from arenafit.fit.verdict import Verdict

__all__ = [
    "Defect",
    "Exact",
    "FitResult",
    "FrontPoint",
    "Loops",
    "Progress",
    "Settings",
    "Step",
    "Verdict",
    "fit_bytes",
]
