"""What the kinds of change have in common: proposals operator by operator, settings parsed, shapes settled."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from arenafit.errors import ConfigError, UnsupportedModelError
from arenafit.ir import Editor, Graph, Model, Op, Tensor
from arenafit.ops import Family, family_of, find
from arenafit.structure.naming import short_name
from arenafit.structure.protocol import Change, Needs
from arenafit.structure.settle import settle


class OnOperator(ABC):
    """A kind of change about one operator: `values` says what is worth a look, `edit` makes it, shapes follow."""

    name: ClassVar[str]
    key: ClassVar[str]
    needs: ClassVar[Needs] = Needs.TRAINING

    @abstractmethod
    def values(self, graph: Graph, op: Op) -> Iterator[tuple[str, str]]:
        """Yield each value worth a look with a phrase that says what it means; nothing if `op` does not take it."""

    @abstractmethod
    def edit(self, model: Model, op: Op, value: str) -> Model:
        """Return the model edited; shapes need not follow yet.

        Raises:
            UnsupportedModelError: if the operator does not take the value.
        """

    def propose(self, model: Model) -> Iterator[Change]:
        """Yield the changes of the main graph."""
        graph = model.main
        for op in graph.ops:
            if not self._is_whole(graph, op):
                continue
            for value, note in self.values(graph, op):
                setting = f"{short_name(graph, op)}.{self.key}"
                yield Change(self.name, setting, value, (op.id,), self.needs, note)

    def parse(self, model: Model, op: Op | None, value: str) -> Change:
        """Return the change a setting asks for."""
        if op is None:
            raise ConfigError(f"'{self.key}' is about one operator: write it like conv#0.{self.key}={value}")
        setting = f"{short_name(model.main, op)}.{self.key}"
        try:
            self.edit(model, op, value)
        except (UnsupportedModelError, ValueError) as error:
            raise ConfigError(f"{setting}={value}: {error}") from None
        return Change(self.name, setting, value, (op.id,), self.needs, f"{setting} {value}")

    def apply(self, model: Model, change: Change) -> Model:
        """Return the changed model."""
        op = model.ops.get(change.ops[0])
        if op is None:
            raise UnsupportedModelError(f"{change.text}: an earlier change took the operator out")
        return settle(model, self.edit(model, op, change.value))

    @staticmethod
    def _is_whole(graph: Graph, op: Op) -> bool:
        if not op.operands or len(op.outputs) != 1 or op.inputs[0] is None:
            return False
        return all(extent > 0 for tensor in (op.inputs[0], op.outputs[0]) for extent in graph.by_id[tensor].shape)


def option(op: Op, name: str, default: int = 0) -> int:
    """Return an integer option, `default` where it has none."""
    found = op.options.get(name) if op.options else None
    return found if isinstance(found, int) else default


def with_options(op: Op, **values: Any) -> Op:
    """Return `op` with some options replaced."""
    return replace(op, options=None if op.options is None else op.options.with_values(**values))


def source_of(graph: Graph, op: Op) -> Tensor:
    """Return the first operand."""
    return graph.by_id[op.operands[0]]


def output_of(graph: Graph, op: Op) -> Tensor:
    """Return the first output."""
    return graph.by_id[op.outputs[0]]


def only_reader(graph: Graph, op: Op) -> Op | None:
    """Return the one operator that reads the output of `op`, None if others do or it leaves the graph."""
    readers = graph.uses.get(op.outputs[0], ())
    return readers[0] if len(readers) == 1 and op.outputs[0] not in graph.outputs else None


def only_maker(graph: Graph, op: Op) -> Op | None:
    """Return the operator whose output `op` alone reads."""
    maker = graph.producers.get(op.operands[0])
    return maker if maker is not None and only_reader(graph, maker) is not None else None


def constant_of(graph: Graph, op: Op, position: int) -> Tensor | None:
    """Return a constant operand that has an array, None if there is none."""
    operand = op.inputs[position] if position < len(op.inputs) else None
    tensor = None if operand is None else graph.by_id[operand]
    if tensor is None or not tensor.is_constant or tensor.dtype.numpy_name is None:
        return None
    return tensor


def bypass(model: Model, op: Op) -> Model:
    """Return the model without `op`, its readers reading its first operand."""
    editor = Editor(model)
    editor.set_schedule([found for found in model.main.ops if found.id != op.id])
    editor.rename_uses({op.outputs[0]: op.operands[0]})
    return editor.build()


def whole_number(value: str, least: int = 1, most: int = 1 << 20) -> int:
    """Return `value` as a number.

    Raises:
        UnsupportedModelError: if it is none, or out of range.
    """
    if not value.isdecimal() or not least <= int(value) <= most:
        raise UnsupportedModelError(f"'{value}' is no whole number from {least} to {most}")
    return int(value)


def is_convolution(op: Op) -> bool:
    """Whether filters move over an image, across channels or channel by channel."""
    return family_of(op) in (Family.CONVOLUTION, Family.DEPTHWISE)


def is_pooling(op: Op) -> bool:
    """Whether windows of an image are summed up to their mean or their greatest element."""
    known = find(op.code)
    return known is not None and known.family is Family.POOLING and known.summary is not None
