"""The cuts that a model may be given, and how closely what lies between them is looked at."""

from dataclasses import replace

from arenafit.fit.feeding.entry import chosen_input
from arenafit.fit.parts.balance import Balance
from arenafit.fit.parts.cuts import Waist, part_model, waists
from arenafit.fit.parts.memory import PartMemory
from arenafit.fit.search.driver import Search
from arenafit.fit.settings import Settings
from arenafit.ir import Model, TensorId
from arenafit.tflm.footprints import footprint

# Cuts looked at: beyond, those with the largest tensors between the parts are left out.
_MOST_WAISTS = 64
_STEPS = 1000


class Cutter:
    """The cuts of a model, and what the parts between them need.

    With `feed` in the settings the first part takes its input by rows; the others take what is handed over, whole.
    """

    def __init__(self, model: Model, settings: Settings, steps: int, looks: int) -> None:
        """Look at parts with `steps` of work each, and at so many parts at most."""
        found = waists(model)
        smallest = sorted(found, key=lambda item: (item.tensor.size_bytes, item.position))[:_MOST_WAISTS]
        self.ends: tuple[Waist | None, ...] = (None, *sorted(smallest, key=lambda item: item.position), None)
        self._model = model
        self._settings = replace(settings, effort=max(1, steps // _STEPS), samples=())
        self._tails = _tails(model, settings)
        self._whole_inputs = _whole_inputs(model, settings)
        self.memory: dict[tuple[int, int], PartMemory] = {}
        self.balance = Balance(len(self.ends), self._least, self._look, looks)

    def position(self, number: int) -> int:
        """Return the operator before which cut `number` is."""
        end = self.ends[number]
        if end is None:
            return 0 if number == 0 else len(self._model.main.ops)
        return end.position

    def model(self, first: int, end: int) -> Model:
        """Return the part between two cuts."""
        return part_model(self._model, self.ends[first], self.ends[end])

    def settings_of(self, first: int, settings: Settings) -> Settings:
        """Return `settings` for the part that begins with cut number `first`."""
        return settings if first == 0 else replace(settings, feed=None)

    def _least(self, first: int, end: int) -> int:
        """Roughly: the larger of input and output, and the tail as it is in the whole model."""
        main = self._model.main
        begin, close = self.ends[first], self.ends[end]
        inputs = self._whole_inputs if begin is None else (begin.tensor.id,)
        outputs = main.outputs if close is None else (close.tensor.id,)
        sizes = [sum(main.tensor(tensor).size_bytes for tensor in side) for side in (inputs, outputs)]
        return max(sizes) + sum(self._tails[self.position(first) : self.position(end)])

    def _look(self, first: int, end: int) -> int | None:
        """Return what a part needs, briefly searched for; None for one that cannot be fed by rows and has to be."""
        ranked = Search(self.model(first, end), self.settings_of(first, self._settings), lambda _: None).run()
        if not ranked:
            return None
        found = PartMemory.of(ranked[0].priced.footprint)
        self.memory[first, end] = found
        return found.arena_bytes


def _tails(model: Model, settings: Settings) -> list[int]:
    """What each operator of the main graph takes of the tail; what belongs to none is spread evenly."""
    found = footprint(model, settings.target)
    ops = model.main.ops
    own = [found.tail_of(op.id) for op in ops]
    rest = (found.tail_bytes - sum(own)) // max(1, len(ops))
    return [size + rest for size in own]


def _whole_inputs(model: Model, settings: Settings) -> tuple[TensorId, ...]:
    """Return the inputs that the first part takes whole."""
    if settings.feed is None:
        return model.main.inputs
    fed = chosen_input(model, settings.feed.name)
    return tuple(tensor for position, tensor in enumerate(model.main.inputs) if position != fed)
