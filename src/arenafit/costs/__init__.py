"""Room: the predicted instructions of a model on Cortex-M, per operator, kernel library and build; see docs/adr/0002.

An estimate, never a measurement: `estimate` says what it has no figures for.
"""

from arenafit.costs.core import Build, Core, core_of
from arenafit.costs.estimation import Cost, estimate
from arenafit.costs.work import macs, model_macs, moved_bytes

__all__ = ["Build", "Core", "Cost", "core_of", "estimate", "macs", "model_macs", "moved_bytes"]
