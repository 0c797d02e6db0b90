"""Which kind of state a loop carries: by what may be asked of the TFLM, and by who brings the rows."""

from arenafit.streaming.loop.carried_state import CarriedState
from arenafit.streaming.loop.fed_state import FedSpaceState, FedState
from arenafit.streaming.loop.gathered_state import GatheredState
from arenafit.streaming.loop.loop_state import LoopState
from arenafit.streaming.loop.space_state import SpaceState
from arenafit.streaming.loop.viewed_state import ViewedState
from arenafit.streaming.loop_options import Stores


def kind_of_state(stores: Stores, *, fed: bool, as_views: bool) -> type[LoopState]:
    """Return the kind for loops that write rows with `stores`; `fed`: the application brings the rows of a source."""
    if fed:
        return FedSpaceState if stores is Stores.SPACE else FedState
    if as_views:
        return SpaceState if stores is Stores.SPACE else ViewedState
    return GatheredState if stores is Stores.GATHER else CarriedState
