"""How often TFLM refuses a damaged model against which nothing is said: mutates models, asks the diagnosis, runs TFLM.

Usage: python benchmarks/mutations.py FOLDER_OF_MODELS... [--count N] [--seed N] [--list]

Every mutant is one model with one to three changes to its fields (types, shapes, scales, zero points, options,
operands) or its bytes; the same seed makes the same mutants everywhere. A mutant counts where the file can be read,
its arena can be predicted for the wheel, and the diagnosis finds nothing. Of these the share that TFLM refuses is
printed; it should be below 1 %. Beside it: how many that TFLM runs the diagnosis stops, and of how many that both run
the prediction differs from what TFLM measures (`arenafit measure --compare`): none should.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from arenafit.errors import ArenafitError
from arenafit.ir import DType, Graph, Model, Op, Quant, Tensor
from arenafit.runtime import Measurement, Refusal, TflmPool
from arenafit.targets.target import WHEEL
from arenafit.tflite import read_bytes, write_bytes
from arenafit.tflm import footprint
from arenafit.tflm.comparison import compare
from arenafit.validity import diagnose

MOST_BYTES = 150_000
TYPES = (DType.FLOAT32, DType.FLOAT16, DType.INT8, DType.UINT8, DType.INT16, DType.INT32, DType.INT64, DType.BOOL)
SCALES = (0.0, float("nan"), float("inf"), -0.5, 1e-9, 1e9, 0.0039, 1.0)
NUMBERS = (-1, 0, 1, 2, 3, 5, 1000)

Random = np.random.Generator
Mutation = Callable[[Graph, Random], Graph]


def _with_tensor(graph: Graph, tensor: Tensor) -> Graph:
    return replace(graph, tensors=tuple(tensor if item.id == tensor.id else item for item in graph.tensors))


def _with_op(graph: Graph, op: Op) -> Graph:
    return replace(graph, ops=tuple(op if item.id == op.id else item for item in graph.ops))


def _used(graph: Graph, random: Random) -> Tensor:
    keys = sorted({key for op in graph.ops for key in (*op.operands, *op.outputs)}) or [graph.tensors[0].id]
    return graph.by_id[keys[random.integers(len(keys))]]


def change_type(graph: Graph, random: Random) -> Graph:
    """Give a tensor another type."""
    return _with_tensor(graph, replace(_used(graph, random), dtype=TYPES[random.integers(len(TYPES))]))


def change_shape(graph: Graph, random: Random) -> Graph:
    """Change one dimension of a tensor, add one or drop one."""
    tensor = _used(graph, random)
    shape = list(tensor.shape)
    kind = random.integers(4)
    if not shape or kind == 0:
        shape.insert(0, int(random.choice((1, 2))))
    elif kind == 1:
        shape.pop(int(random.integers(len(shape))))
    else:
        at = int(random.integers(len(shape)))
        shape[at] = max(0, shape[at] + int(random.choice((-1, 1, shape[at]))))
    return _with_tensor(graph, replace(tensor, shape=tuple(shape)))


def change_scale(graph: Graph, random: Random) -> Graph:
    """Change one scale of a tensor."""
    tensor = _used(graph, random)
    quant = tensor.quant or Quant()
    scales = list(quant.scales) or [1.0]
    scales[int(random.integers(len(scales)))] = SCALES[random.integers(len(SCALES))]
    zeros = quant.zero_points or (0,) * len(scales)
    return _with_tensor(graph, replace(tensor, quant=replace(quant, scales=tuple(scales), zero_points=zeros)))


def change_zero_point(graph: Graph, random: Random) -> Graph:
    """Change one zero point of a tensor."""
    tensor = _used(graph, random)
    quant = tensor.quant or Quant((1.0,), (0,))
    zeros = list(quant.zero_points) or [0]
    zeros[int(random.integers(len(zeros)))] = int(random.choice((-129, -128, -1, 0, 1, 127, 128)))
    return _with_tensor(graph, replace(tensor, quant=replace(quant, zero_points=tuple(zeros))))


def drop_quantisation(graph: Graph, random: Random) -> Graph:
    """Take a tensor's quantisation away, or all scales but the first."""
    tensor = _used(graph, random)
    if tensor.quant is not None and len(tensor.quant.scales) > 1 and random.integers(2):
        return _with_tensor(graph, replace(tensor, quant=replace(tensor.quant, scales=tensor.quant.scales[:2])))
    return _with_tensor(graph, replace(tensor, quant=None))


def drop_data(graph: Graph, random: Random) -> Graph:
    """Take a constant's content away."""
    constants = [item for item in graph.tensors if item.data is not None]
    if not constants:
        return graph
    return _with_tensor(graph, replace(constants[random.integers(len(constants))], data=None))


def _some_op(graph: Graph, random: Random) -> Op:
    return graph.ops[random.integers(len(graph.ops))]


def change_option(graph: Graph, random: Random) -> Graph:
    """Change one number among an operator's options."""
    op = _some_op(graph, random)
    numbers = [name for name, value in (op.options.values if op.options else ()) if isinstance(value, int)]
    if op.options is None or not numbers:
        return graph
    name = numbers[random.integers(len(numbers))]
    number: int = NUMBERS[random.integers(len(NUMBERS))]
    if isinstance(op.options.get(name), bool):
        number = not op.options.get(name)
    return _with_op(graph, replace(op, options=op.options.with_values(**{name: number})))


def change_operand(graph: Graph, random: Random) -> Graph:
    """Drop an operand, or make it another tensor."""
    op = _some_op(graph, random)
    if not op.inputs:
        return graph
    inputs = list(op.inputs)
    at = int(random.integers(len(inputs)))
    if random.integers(2):
        inputs[at] = graph.tensors[random.integers(len(graph.tensors))].id
    else:
        inputs.pop(at)
    return _with_op(graph, replace(op, inputs=tuple(inputs)))


def change_operator(graph: Graph, random: Random) -> Graph:
    """Give an operator the name of another of the graph."""
    op = _some_op(graph, random)
    return _with_op(graph, replace(op, code=_some_op(graph, random).code))


FIELDS: tuple[Mutation, ...] = (
    change_type,
    change_shape,
    change_scale,
    change_zero_point,
    drop_quantisation,
    drop_data,
    change_option,
    change_operand,
    change_operator,
)


def mutate_fields(model: Model, random: Random) -> tuple[bytes, str]:
    """Return the file of `model` with one to three fields changed, and what was changed."""
    done = []
    for _ in range(int(random.integers(1, 4))):
        index = int(random.integers(len(model.graphs)))
        graph = model.graphs[index]
        if not graph.ops:
            continue
        mutation = FIELDS[random.integers(len(FIELDS))]
        changed = mutation(graph, random)
        model = replace(model, graphs=(*model.graphs[:index], changed, *model.graphs[index + 1 :]))
        done.append(mutation.__name__)
    return write_bytes(model), "+".join(done)


def mutate_bytes(content: bytes, random: Random) -> tuple[bytes, str]:
    """Return the file with one to three bytes changed, as a damaged download or a wrong tool leaves it."""
    damaged = bytearray(content)
    for _ in range(int(random.integers(1, 4))):
        damaged[random.integers(len(damaged))] = random.integers(256)
    return bytes(damaged), "bytes"


def mutants(files: list[Path], count: int, seed: int) -> list[tuple[str, bytes]]:
    """Return `count` mutants, each with what it came of; those that cannot be written do not count."""
    random = np.random.default_rng(seed)
    found: list[tuple[str, bytes]] = []
    while len(found) < count:
        file = files[random.integers(len(files))]
        content = file.read_bytes()
        try:
            if random.integers(3):
                damaged, what = mutate_fields(read_bytes(content, file.name), random)
            else:
                damaged, what = mutate_bytes(content, random)
        except ArenafitError:
            continue
        found.append((f"{len(found)} {file.stem} {what}", damaged))
    return found


def judged(content: bytes) -> str | None:
    """Return why arenafit says no, None if it says nothing."""
    try:
        model = read_bytes(content, "mutant")
        found = diagnose(model, WHEEL)
        if found:
            return f"{found[0].severity.name} {found[0].sentence}"
        footprint(model, WHEEL)
    except ArenafitError as error:
        return f"{type(error).__name__} {error}"
    return None


def _measured(tflm: TflmPool, content: bytes) -> Measurement | str:
    try:
        result = tflm.measure(content, timeout_seconds=20.0)
    except ArenafitError as error:
        return f"no inputs can be made for it: {error}"
    return f"{result.stage.value}: {result.reason}" if isinstance(result, Refusal) else result


def difference(content: bytes, measured: Measurement) -> str | None:
    """Return where the prediction for an accepted mutant differs from its measurement, None if nowhere."""
    rows = compare(footprint(read_bytes(content, "mutant"), WHEEL), measured).differing
    return ", ".join(f"{row.what}: {row.predicted} predicted, {row.measured} measured" for row in rows) or None


def main() -> None:
    """Make the mutants, judge them, run those nobody speaks against."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folders", nargs="+", type=Path)
    arguments.add_argument("--count", type=int, default=1000)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--list", action="store_true", help="print each mutant on which the two disagree")
    arguments.add_argument("--save", type=Path, help="write those mutants here")
    wanted = arguments.parse_args()
    files = sorted(path for folder in wanted.folders for path in folder.glob("*.tflite"))
    files = [path for path in files if path.stat().st_size <= MOST_BYTES]
    counts: Counter[str] = Counter()
    with TflmPool(1) as tflm:
        # What TFLM does not run as it is says nothing of the mutation: RSQRT of a negative input, say.
        files = [path for path in files if not isinstance(tflm.measure(path, timeout_seconds=20.0), Refusal)]
        for name, content in mutants(files, wanted.count, wanted.seed):
            reason = judged(content)
            measured = _measured(tflm, content)
            refused = isinstance(measured, str)
            if reason is None and isinstance(measured, Measurement):
                differs = difference(content, measured)
                counts["accepted, prediction and measurement differ"] += differs is not None
                if differs is not None and wanted.list:
                    print(f"{name}: {differs}")
            counts["stopped, TFLM refuses" if refused else "stopped, TFLM runs"] += reason is not None
            counts["accepted, TFLM refuses" if refused else "accepted, TFLM runs"] += reason is None
            if wanted.list and (reason is None) == refused:
                print(f"{name}: {(measured if isinstance(measured, str) else f'runs: {reason}')[:300]}")
                if wanted.save:
                    (wanted.save / f"{name.split()[0]}.tflite").write_bytes(content)
    for what, number in sorted(counts.items()):
        print(f"{number:6} {what}")
    accepted = counts["accepted, TFLM refuses"] + counts["accepted, TFLM runs"]
    print(f"of {accepted} accepted TFLM refuses {100 * counts['accepted, TFLM refuses'] / max(accepted, 1):.1f} %")


if __name__ == "__main__":
    main()
