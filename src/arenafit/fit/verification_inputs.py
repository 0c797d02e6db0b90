"""What to run a model on: numbers that its operators accept, values beside their edges, and data of the user's."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil, floor, inf

from arenafit import ops
from arenafit.errors import ConfigError
from arenafit.fit.patience import invokes_within
from arenafit.ir import Graph, Model, Op, Tensor, TensorId
from arenafit.kernels import find
from arenafit.kernels.protocol import ValueRange
from arenafit.ops.facts import ALL_OPERANDS
from arenafit.runtime import KINDS, Domain, GeneratedInputs, TensorDetails, input_sets
from arenafit.runtime.jobs import Inputs
from arenafit.runtime.types import Array

# Random inputs, the ends of their range, edges, huge values and what is no number, all on one interpreter, so that
# state that leaks shows.
VERIFIED_INPUTS = 12
# All are kept until the verdict is told.
MOST_INPUTS = 10_000
# Models whose inputs and outputs take more are compared on fewer, but never on less than random data and both ends.
_MOST_DRAWN_BYTES = 128 << 20
# Of all Invokes of a model and of what it becomes, as reference kernels on a Cortex-M4 take them; half a minute here.
_MOST_INSTRUCTIONS = 1.2e11
# Of these, what asking two runtimes whether they mean the same may take; what is proved comes first.
_MOST_COMPARED_INSTRUCTIONS = 4e10
# What is run at once beside each other, and kept until all have ended.
_MOST_AT_ONCE_BYTES = 64 << 20
_LEAST_INPUTS = 3
# Of streams whose state stands in the head: it must have gone round often.
INPUTS_OF_STREAMS = 300


def verification_inputs(
    model: Model, count: int = VERIFIED_INPUTS, seed: int = 0, samples: Sequence[Sequence[Array]] = ()
) -> Inputs:
    """Return input sets to compare `model` with another on: `count` generated ones of every kind, then the samples.

    Args:
        model: the model.
        count: how many to generate; up to the default fewer where all inputs and outputs would take over 128 MiB, or
            more instructions than are run here, three at least.
        seed: the same seed gives the same inputs.
        samples: input sets of the user's, an array for each input.

    Raises:
        ConfigError: if more are asked for than are ever compared.
    """
    _check_count(count)
    if count <= VERIFIED_INPUTS:
        slow = invokes_within(model, _MOST_INSTRUCTIONS) // 2
        count = min(fewer_if_large(model, count), max(slow, _LEAST_INPUTS))
    if not samples:
        return GeneratedInputs(count, seed, KINDS, domains(model))
    return frames_to_compare(model, count, seed, samples)


def fewer_if_large(model: Model, count: int, least: int = _LEAST_INPUTS) -> int:
    """Return how many of `count` input sets, at least `least`, are run where all take over 128 MiB with the outputs."""
    return min(count, max(least, _MOST_DRAWN_BYTES // max(1, _bytes_of_a_set(model))))


def compared_inputs(model: Model, count: int) -> int:
    """Return on how many of `count` input sets, at least one, TFLM and LiteRT are asked whether they mean the same.

    Fewer where the inputs and outputs are large, or one Invoke takes billions of instructions.
    """
    slow = invokes_within(model, _MOST_COMPARED_INSTRUCTIONS) // 2
    return min(fewer_if_large(model, count, least=1), max(slow, 1))


def lanes_for(model: Model, lanes: int) -> int:
    """Return how many of `lanes` runs go on at once: one where they would fill the memory, or may never end."""
    kept_bytes = fewer_if_large(model, VERIFIED_INPUTS) * _bytes_of_a_set(model)
    may_not_end = any(op.subgraphs for op in model.ops.values())
    return 1 if may_not_end or kept_bytes > _MOST_AT_ONCE_BYTES else lanes


def frames_to_compare(
    model: Model, count: int, seed: int = 0, samples: Sequence[Sequence[Array]] = ()
) -> list[Sequence[Array]]:
    """Return the same as arrays, an array for each input as a whole.

    Raises:
        ConfigError: if more are asked for than are ever compared.
    """
    _check_count(count)
    ports = [details_of(model.main.tensor(tensor)) for tensor in model.main.inputs]
    return [*input_sets(ports, count, seed, KINDS, domains(model)), *samples]


def _check_count(count: int) -> None:
    if count > MOST_INPUTS:
        raise ConfigError(f"inputs: {count:,} are too many; at most {MOST_INPUTS:,} are compared")


def _bytes_of_a_set(model: Model) -> int:
    return sum(model.main.tensor(tensor).size_bytes for tensor in (*model.main.inputs, *model.main.outputs))


def domains(model: Model) -> tuple[Domain | None, ...]:
    """Return what each input of `model` may hold, as numbers stored in it; None where anything goes."""
    return tuple(_domain(model.main, model.main.tensor(tensor)) for tensor in model.main.inputs)


def details_of(tensor: Tensor) -> TensorDetails:
    """Return what a runtime says of an input."""
    quant = tensor.quant
    scales, zero_points = (quant.scales, quant.zero_points) if quant else ((), ())
    return TensorDetails(tensor.name, tensor.shape, tensor.dtype.numpy.name, scales, zero_points)


def _domain(graph: Graph, source: Tensor) -> Domain | None:
    span: ValueRange | None = None
    step: float | None = None
    for op, tensor, position in _readers(graph, source.id):
        kernel = find(op.code)
        found = None if kernel is None or kernel.accepts is None else kernel.accepts(graph, op, position)
        if found is not None:
            span = found if span is None else _both(span, found)
        if op.name == "QUANTIZE" and tensor == source.id:
            quant = graph.tensor(op.outputs[0]).quant
            step = quant.scales[0] if quant and quant.scales else step
    if span is None:
        return None if step is None else Domain(step=step)
    return replace(_stored(span, source), step=step)


def _readers(graph: Graph, source: TensorId) -> Iterator[tuple[Op, TensorId, int]]:
    """Yield every operator that reads the elements of `source`, moved as they may be, and as which operand."""
    waiting, seen = [source], {source}
    while waiting:
        tensor = waiting.pop()
        for op in graph.uses.get(tensor, ()):
            for position, operand in enumerate(op.inputs):
                if operand != tensor:
                    continue
                yield op, tensor, position
                moved = set(op.outputs) - seen if _is_moved(op, position) else set()
                seen |= moved
                waiting += sorted(moved)


def _is_moved(op: Op, position: int) -> bool:
    """Whether the operand's elements come out, not its indices or sizes."""
    operator = ops.find(op.code)
    moved = () if operator is None else (*operator.moves, *operator.keeps_values)
    return position in moved or ALL_OPERANDS[0] in moved


def _both(one: ValueRange, other: ValueRange) -> ValueRange:
    """What two readers accept; where they accept nothing in common, the stricter one."""
    low, high = max(one.low, other.low), min(one.high, other.high)
    if low > high:
        return one if one.strict else other
    return ValueRange(low, high, strict=one.strict or other.strict)


def _stored(span: ValueRange, tensor: Tensor) -> Domain:
    """Return the real numbers of `span` as `tensor` stores them."""
    per_tensor = tensor.quant.per_tensor if tensor.quant else None
    scale, zero_point = per_tensor or (1.0, 0)
    low = None if span.low == -inf else span.low / scale + zero_point
    high = None if span.high == inf else span.high / scale + zero_point
    if tensor.dtype.label.lower().startswith(("int", "uint")):
        low = None if low is None else float(ceil(low))
        high = None if high is None else float(floor(high))
    return Domain(low, high, strict=span.strict)
