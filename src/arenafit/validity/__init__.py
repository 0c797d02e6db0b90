"""Whether TFLM runs a model as it is meant: every finding names the operator, the tensor, and what to do."""

from arenafit.validity.diagnosis import demand, diagnose
from arenafit.validity.finding import Finding, Severity, disagreeing

__all__ = ["Finding", "Severity", "demand", "diagnose", "disagreeing"]
