"""The search for a smaller arena, and the proof that what it found computes the same."""

from arenafit.fit.run import Choice, Defect, FitResult, fit_bytes
from arenafit.fit.search import Progress
from arenafit.fit.settings import Loops, Settings
from arenafit.fit.trail import Step
from arenafit.fit.verify import Verdict

__all__ = ["Choice", "Defect", "FitResult", "Loops", "Progress", "Settings", "Step", "Verdict", "fit_bytes"]
