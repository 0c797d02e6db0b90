"""Structure-aware mutations of models: what a file can state, changed where it is stated, with a seed for each."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from arenafit.ir import Graph, Model, Op, Options, Quant, Tensor
from support.hostile import HOSTILE_NAME

_NUMBERS = (0, 1, -1, 2, 3, 7, 127, 128, 255, 1 << 15, 1 << 30, (1 << 31) - 1, -(1 << 31))
_SCALES = (0.0, -1.0, 1e-38, 1e38, float("inf"), float("nan"))


def mutated(model: Model, seed: int) -> Model:
    """Return `model` with one to four of its statements changed; the same seed gives the same model."""
    random = np.random.default_rng(seed)
    for _ in range(int(random.integers(1, 5))):
        change = _CHANGES[int(random.integers(len(_CHANGES)))]
        number = int(random.integers(len(model.graphs)))
        graphs = list(model.graphs)
        graphs[number] = change(graphs[number], random)
        model = replace(model, graphs=tuple(graphs))
    return model


def flipped(data: bytes, seed: int) -> bytes:
    """Return a file with a few of its words overwritten or bits flipped."""
    random = np.random.default_rng(seed)
    changed = bytearray(data)
    for _ in range(int(random.integers(1, 6))):
        place = int(random.integers(len(changed)))
        if random.integers(2):
            changed[place] ^= 1 << int(random.integers(8))
        else:
            word = int(random.choice(_NUMBERS)) & 0xFFFFFFFF
            changed[place & ~3 : (place & ~3) + 4] = word.to_bytes(4, "little")
    return bytes(changed)


def _any(items: tuple[Any, ...], random: np.random.Generator) -> int:
    return int(random.integers(len(items)))


def _with_tensor(graph: Graph, random: np.random.Generator, change: Callable[[Tensor], Tensor]) -> Graph:
    if not graph.tensors:
        return graph
    place = _any(graph.tensors, random)
    tensors = (*graph.tensors[:place], change(graph.tensors[place]), *graph.tensors[place + 1 :])
    return replace(graph, tensors=tensors)


def _with_op(graph: Graph, random: np.random.Generator, change: Callable[[Op], Op]) -> Graph:
    if not graph.ops:
        return graph
    place = _any(graph.ops, random)
    return replace(graph, ops=(*graph.ops[:place], change(graph.ops[place]), *graph.ops[place + 1 :]))


def _shape(graph: Graph, random: np.random.Generator) -> Graph:
    def change(tensor: Tensor) -> Tensor:
        shape = list(tensor.shape)
        kind = int(random.integers(4))
        if kind == 0 and shape:
            shape[_any(tuple(shape), random)] = abs(int(random.choice(_NUMBERS))) % (1 << 20)
        elif kind == 1:
            shape = shape[:-1]
        elif kind == 2:
            shape = [1] * int(random.choice((1, 5, 9, 70))) + shape
        else:
            shape = shape[::-1]
        return replace(tensor, shape=tuple(shape))

    return _with_tensor(graph, random, change)


def _quant(graph: Graph, random: np.random.Generator) -> Graph:
    def change(tensor: Tensor) -> Tensor:
        if random.integers(2) or tensor.quant is None:
            return replace(tensor, quant=None if random.integers(2) else Quant((0.1,), (int(random.choice(_NUMBERS)),)))
        return replace(tensor, quant=replace(tensor.quant, scales=(float(random.choice(_SCALES)),)))

    return _with_tensor(graph, random, change)


def _name(graph: Graph, random: np.random.Generator) -> Graph:
    return _with_tensor(graph, random, lambda tensor: replace(tensor, name=HOSTILE_NAME))


def _operands(graph: Graph, random: np.random.Generator) -> Graph:
    ids = tuple(tensor.id for tensor in graph.tensors)

    def change(op: Op) -> Op:
        inputs = list(op.inputs)
        kind = int(random.integers(4))
        if kind == 0:
            inputs = inputs[:-1]
        elif kind == 1 and inputs and ids:
            inputs[_any(op.inputs, random)] = ids[_any(ids, random)]
        elif kind == 2 and inputs:
            inputs[_any(op.inputs, random)] = None
        elif ids:
            return replace(op, outputs=(*op.outputs, ids[_any(ids, random)]))
        return replace(op, inputs=tuple(inputs))

    return _with_op(graph, random, change)


def _options(graph: Graph, random: np.random.Generator) -> Graph:
    others = [op.options for op in graph.ops if op.options is not None]

    def change(op: Op) -> Op:
        if op.options is None or random.integers(4) == 0:
            return replace(op, options=others[int(random.integers(len(others)))] if others else None)
        fields = list(op.options.values)
        numbers = [place for place, (_, value) in enumerate(fields) if type(value) is int]
        if numbers and not op.subgraphs:
            place = numbers[int(random.integers(len(numbers)))]
            fields[place] = (fields[place][0], int(random.choice(_NUMBERS)))
        return replace(op, options=Options(op.options.kind, tuple(fields)))

    return _with_op(graph, random, change)


def _order(graph: Graph, random: np.random.Generator) -> Graph:
    if not graph.ops:
        return graph
    place = _any(graph.ops, random)
    kinds = (graph.ops[::-1], graph.ops[:place] + graph.ops[place + 1 :])
    return replace(graph, ops=kinds[int(random.integers(2))])


_CHANGES: tuple[Callable[[Graph, np.random.Generator], Graph], ...] = (
    _shape,
    _quant,
    _name,
    _operands,
    _options,
    _order,
)
