"""Tasks and outcomes as bytes between a search and its workers; what both sides know of graphs is named by a number."""

import pickle
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any

from arenafit.fit.search.candidates import Base, Candidate, Recipe
from arenafit.fit.search.sent import Price, SentCandidate
from arenafit.fit.search.tasks import Enumeration, Outcome, Pricing, Task
from arenafit.ir import Constant, Model, Op, Tensor

_PROTOCOL = 5
_NAMED = frozenset({Constant, Op, Tensor})


class Codec:
    """One end of a line. Both ends learn the same models in the same order, and so number what is in them alike."""

    def __init__(self) -> None:
        self._known: list[object] = []
        self._numbers: dict[int, int] = {}

    def encode(self, message: object) -> bytes:
        """Return `message` as bytes."""
        written = BytesIO()
        _Writer(written, self._numbers).dump(message)
        return written.getvalue()

    def decode(self, content: bytes) -> Any:
        """Return what `encode` of the other end was given."""
        return _Reader(BytesIO(content), self._known).load()

    def learn(self, model: Model) -> None:
        """Name what `model` consists of, so that it is sent no more."""
        for tensor in model.all_tensors():
            self._name(tensor)
            if tensor.data is not None:
                self._name(tensor.data)
        for graph in model.graphs:
            for op in graph.ops:
                self._name(op)

    def _name(self, item: object) -> None:
        if id(item) not in self._numbers:
            self._numbers[id(item)] = len(self._known)
            self._known.append(item)  # and stays, so that its id is nobody else's


class _Writer(pickle.Pickler):
    def __init__(self, target: BytesIO, numbers: dict[int, int]) -> None:
        super().__init__(target, _PROTOCOL)
        self._numbers = numbers

    def persistent_id(self, obj: object) -> int | None:
        return self._numbers.get(id(obj)) if type(obj) in _NAMED else None


class _Reader(pickle.Unpickler):
    def __init__(self, source: BytesIO, known: list[object]) -> None:
        super().__init__(source)
        self._known = known

    def persistent_load(self, number: int) -> object:
        return self._known[number]


class TaskWriter:
    """The search's end: bases are sent once, ahead of the first task about them."""

    def __init__(self, original: Model) -> None:
        self._codec = Codec()
        self._original = original
        self._sent: set[str] = set()

    def first(self, settings: object) -> bytes:
        """Return what a worker must be told before any task."""
        content = self._codec.encode((settings, self._original))
        self._codec.learn(self._original)
        return content

    def tasks(self, task: Task, seconds: float | None) -> bytes:
        """Return a task as bytes."""
        base = task.base if isinstance(task, Enumeration) else task.recipe.base
        key, model = base.key, base.model
        news = None if key in self._sent else (model, base.fed)
        content: tuple[object, ...]
        if isinstance(task, Pricing):
            content = (task.recipe.chosen, task.recipe.writing, task.patience)
        else:
            content = (task.listing,)
        written = self._codec.encode((key, news, seconds, content))
        if news is not None:
            self._sent.add(key)
            self._codec.learn(model)
        return written

    def outcome(self, content: bytes, task: Task) -> Outcome:
        """Return the outcome that a worker sent, its candidate told what it is made of."""
        found: Outcome
        found, sent = self._codec.decode(content)
        if sent is None or isinstance(task, Enumeration):
            return found
        price, late = sent
        read = partial(self._read, late, task.recipe)
        return replace(found, candidate=SentCandidate(price, task.recipe, read))

    def _read(self, content: bytes, recipe: Recipe) -> Candidate:
        made: Candidate = self._codec.decode(content)
        return replace(made, stages=(*recipe.base.stages, *made.stages), recipe=recipe)


class TaskReader:
    """A worker's end."""

    def __init__(self) -> None:
        self._codec = Codec()
        self._bases: dict[str, Base] = {}

    def first(self, content: bytes) -> Any:
        """Return the settings of the search."""
        settings, original = self._codec.decode(content)
        self._codec.learn(original)
        return settings

    def task(self, content: bytes) -> tuple[Task, float | None]:
        """Return the task that was sent, and its cap in seconds."""
        key, news, seconds, what = self._codec.decode(content)
        if news is not None:
            model, fed = news
            self._codec.learn(model)
            self._bases[key] = Base((), model, (), fed)
        base = self._bases[key]
        if len(what) == 1:
            return Enumeration(base, what[0]), seconds
        chosen, writing, patience = what
        return Pricing(Recipe(base, chosen, writing), patience), seconds

    def answer(self, outcome: Outcome) -> bytes:
        """Return an outcome as bytes; the search knows what its candidate is made of."""
        made = outcome.candidate
        if made is None:
            return self._codec.encode((outcome, None))
        price = Price(made.arena_bytes, made.instructions, made.feed)
        late = self._codec.encode(replace(made, recipe=None))
        return self._codec.encode((replace(outcome, candidate=None), (price, late)))
