"""A model cut into parts that run one after the other in one arena."""

from arenafit.fit.kept_state import kept_in_tail
from arenafit.fit.parts.cuts import Waist, part_model, state_in, waists
from arenafit.fit.parts.memory import PartMemory, SharedArena, shared_arena
from arenafit.fit.parts.run import FittedPart, PartsForecast, PartsResult, fit_parts, inputs_to_replay, predicted_parts

__all__ = [
    "FittedPart",
    "PartMemory",
    "PartsForecast",
    "PartsResult",
    "SharedArena",
    "Waist",
    "fit_parts",
    "inputs_to_replay",
    "kept_in_tail",
    "part_model",
    "predicted_parts",
    "shared_arena",
    "state_in",
    "waists",
]
