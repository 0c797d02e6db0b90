"""Inputs of fewer rows and columns, or fewer steps of time."""

from collections.abc import Iterator
from dataclasses import replace

from arenafit.errors import ConfigError, UnsupportedModelError
from arenafit.ir import Editor, Graph, Model, Op, Tensor
from arenafit.ops import Family, family_of
from arenafit.structure.protocol import Change, Needs
from arenafit.structure.settle import settle

_SHARES = (0.75, 0.5)
_MOST_CHANNELS = 4


class Resolution:
    """``input=0.5``: that share of the rows and columns (N, H, W, C), of the steps (N, T, C)."""

    name = "resolution"
    key = "input"

    def propose(self, model: Model) -> Iterator[Change]:
        """Yield shares of an input that has positions."""
        if positioned(model.main) is not None:
            for share in _SHARES:
                yield self._change(share)

    def parse(self, model: Model, op: Op | None, value: str) -> Change:
        """Return the change a setting asks for."""
        try:
            share = float(value)
        except ValueError:
            share = -1.0
        if op is not None or not 0.0 < share <= 4.0:
            raise ConfigError(f"input={value}: write the share of rows and columns, such as input=0.5")
        if positioned(model.main) is None:
            raise ConfigError("input: the model has no single input with rows and columns")
        return self._change(share)

    def apply(self, model: Model, change: Change) -> Model:
        """Return the model for the smaller input."""
        graph = model.main
        found = positioned(graph)
        if found is None:
            raise UnsupportedModelError("the model has no single input with rows and columns")
        share = float(change.value)
        axes = _axes(found)
        shape = tuple(max(1, round(n * share)) if axis in axes else n for axis, n in enumerate(found.shape))
        editor = Editor(model)
        editor.update_tensor(replace(found, shape=shape, shape_signature=None))
        if found.id not in graph.inputs:
            _flat_input(editor, graph, shape)
        return settle(model, editor.build())

    def _change(self, share: float) -> Change:
        note = f"{share:.0%} of the input's rows and columns"
        return Change(self.name, self.key, f"{share:g}", (), Needs.OTHER_INPUT, note)


def positioned(graph: Graph) -> Tensor | None:
    """Return the tensor with positions: the one input, or what a RESHAPE makes of it."""
    if len(graph.inputs) != 1:
        return None
    found = graph.by_id[graph.inputs[0]]
    readers = graph.uses.get(found.id, ())
    if len(found.shape) == 2 and len(readers) == 1 and family_of(readers[0]) is Family.RESHAPING:
        found = graph.by_id[readers[0].outputs[0]]
    return found if _axes(found) else None


def _axes(tensor: Tensor) -> tuple[int, ...]:
    shape = tensor.shape
    if len(shape) == 3:
        candidates: tuple[int, ...] = (1,)
    elif len(shape) == 4:
        first_channels = shape[1] <= _MOST_CHANNELS < min(shape[2], shape[3])
        candidates = (2, 3) if first_channels else (1, 2)
    else:
        return ()
    return tuple(axis for axis in candidates if shape[axis] > 1)


def _flat_input(editor: Editor, graph: Graph, shape: tuple[int, ...]) -> None:
    """Let a flat input have as many elements as the tensor that is made of it."""
    elements = 1
    for extent in shape[1:]:
        elements *= extent
    given = editor.tensor(graph.inputs[0])
    editor.update_tensor(replace(given, shape=(shape[0], elements), shape_signature=None))


CHANGE = Resolution()
