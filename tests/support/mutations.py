"""Structure-aware mutations of models: what a file can state, changed where it is stated, with a seed for each."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from arenafit.ir import Constant, DType, Graph, Model, Op, OpCode, Options, Quant, Tensor
from support.hostile import HOSTILE_NAME

_NUMBERS = (0, 1, -1, 2, 3, 7, 127, 128, 255, 1 << 15, 1 << 30, (1 << 31) - 1, -(1 << 31))
_SCALES = (0.0, -1.0, 1e-38, 1e38, float("inf"), float("nan"))
_KINDS = ("RESHAPE", "CONV_2D", "ADD", "SOFTMAX", "IF", "LSTM", "SPLIT", "DEQUANTIZE", "STRIDED_SLICE", "CUSTOM")


def mutated(model: Model, seed: int) -> Model:
    """Return `model` with one to four of its statements changed; the same seed gives the same model."""
    random = np.random.default_rng(seed)
    for _ in range(int(random.choice((1, 1, 1, 2, 4)))):
        change = _CHANGES[int(random.integers(len(_CHANGES)))]
        number = int(random.integers(len(model.graphs)))
        graphs = list(model.graphs)
        graphs[number] = change(graphs[number], random)
        model = replace(model, graphs=tuple(graphs))
    return _planned(model, random) if random.integers(16) == 0 else model


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
        if numbers:
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


def _type(graph: Graph, random: np.random.Generator) -> Graph:
    types = tuple(DType)
    return _with_tensor(graph, random, lambda tensor: replace(tensor, dtype=types[_any(types, random)]))


def _constant(graph: Graph, random: np.random.Generator) -> Graph:
    """Cut a constant short, write a strange number into it, or make one of what is computed."""

    def change(tensor: Tensor) -> Tensor:
        data = b"" if tensor.data is None else tensor.data.data
        if tensor.data is None or random.integers(3) == 0:
            return replace(tensor, data=Constant(data[: len(data) // 2] or bytes(4)))
        place = 4 * int(random.integers(max(1, len(data) // 4)))
        number = (int(random.choice(_NUMBERS)) & 0xFFFFFFFF).to_bytes(4, "little")
        return replace(tensor, data=Constant((data[:place] + number + data[place + 4 :])[: len(data)]))

    return _with_tensor(graph, random, change)


def _variable(graph: Graph, random: np.random.Generator) -> Graph:
    return _with_tensor(graph, random, lambda tensor: replace(tensor, is_variable=not tensor.is_variable))


def _ends(graph: Graph, random: np.random.Generator) -> Graph:
    ids = tuple(tensor.id for tensor in graph.tensors)
    ends = (graph.inputs, graph.outputs)[int(random.integers(2))]
    changed = (ends[:-1], (*ends, ids[_any(ids, random)]) if ids else ends, ends[::-1])[int(random.integers(3))]
    return replace(graph, inputs=changed) if ends is graph.inputs else replace(graph, outputs=changed)


def _kind(graph: Graph, random: np.random.Generator) -> Graph:
    """Make an operator another one, with the options and operands of the old one."""
    kind = str(random.choice(_KINDS))
    custom = HOSTILE_NAME if kind == "CUSTOM" else None
    return _with_op(graph, random, lambda op: replace(op, code=OpCode(kind, int(random.integers(1, 4)), custom)))


def _planned(model: Model, random: np.random.Generator) -> Model:
    """Give some of a model's tensors places of a plan, possible ones and others."""
    ids = [tensor.id for graph in model.graphs for tensor in graph.tensors]
    return replace(model, offline_plan={key: int(random.choice(_NUMBERS[:-2])) for key in ids if random.integers(2)})


def _scaled(graph: Graph, random: np.random.Generator) -> Graph:
    """Give an extent another size wherever something computed has it: huge models that agree with themselves."""
    extents = sorted({size for tensor in graph.tensors if tensor.data is None for size in tensor.shape if size > 0})
    if not extents:
        return graph
    old = extents[_any(tuple(extents), random)]
    new = int(random.choice((2, 3, 17, 256, 4096, 1 << 15, 1 << 20, 1 << 30)))

    def resized(tensor: Tensor) -> Tensor:
        return replace(tensor, shape=tuple(new if size == old else size for size in tensor.shape))

    tensors = tuple(tensor if tensor.data is not None else resized(tensor) for tensor in graph.tensors)
    return replace(graph, tensors=tensors)


_CHANGES: tuple[Callable[[Graph, np.random.Generator], Graph], ...] = (
    _shape,
    _quant,
    _name,
    _operands,
    _options,
    _order,
    _type,
    _constant,
    _variable,
    _ends,
    _kind,
    _scaled,
)
