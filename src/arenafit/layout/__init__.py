"""Offline plans for whole models: when contents matter, what may share an address, where everything goes."""

from arenafit.layout.alias_search import ChosenLayout, choose_layout
from arenafit.layout.alias_sets import Behind, Hints
from arenafit.layout.bounds import Scratch, sharing_bound_bytes
from arenafit.layout.content_lifetimes import Timeline, timeline
from arenafit.layout.options import LayoutEffort, LayoutRules
from arenafit.layout.placement import OfflineLayout, lay_out, live_profile

__all__ = [
    "Behind",
    "ChosenLayout",
    "Hints",
    "LayoutEffort",
    "LayoutRules",
    "OfflineLayout",
    "Scratch",
    "Timeline",
    "choose_layout",
    "lay_out",
    "live_profile",
    "sharing_bound_bytes",
    "timeline",
]
