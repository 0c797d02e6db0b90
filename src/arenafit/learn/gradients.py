"""Gradients of a lifted model: one pass forward that remembers, one backward."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from arenafit.errors import UnsupportedModelError
from arenafit.ir import TensorId
from arenafit.learn.lift import Lifted, activation_slope, fused
from arenafit.learn.operators import operators
from arenafit.learn.protocol import Array, Call

Tape = list[tuple[Call, tuple[Array, ...]]]


def recorded(
    lifted: Lifted, inputs: Collection[Array], parameters: Mapping[TensorId, Array]
) -> tuple[dict[TensorId, Array], Tape]:
    """Return all values of one pass, and the tape to go back on."""
    tape: Tape = []
    values: dict[TensorId, Array] = {}
    for call, outputs, now in lifted.steps(inputs, parameters):
        tape.append((call, outputs))
        values = now
    return values, tape


def gradients(tape: Tape, at: Mapping[TensorId, Array], wanted: Collection[TensorId]) -> dict[TensorId, Array]:
    """Return the gradients of the `wanted` constants, given those of some values (`at`).

    Raises:
        UnsupportedModelError: naming an operator on the way that cannot be differentiated.
    """
    known: dict[TensorId, Array] = dict(at)
    needed = _leading_to(tape, wanted)
    for call, outputs in reversed(tape):
        op = call.op
        if not any(output in known and output in needed for output in op.outputs):
            continue
        backward = operators()[op.name].backward
        if backward is None:
            raise UnsupportedModelError(f"{op.code.label} (operator {op.id}) cannot be differentiated")
        arriving = []
        for output, values in zip(op.outputs, outputs, strict=True):
            gradient = known.get(output)
            gradient = np.zeros_like(values) if gradient is None else gradient
            slope = activation_slope(values, fused(op))
            arriving.append(gradient if slope is None else gradient * slope)
        wants = frozenset(place for place, operand in enumerate(op.inputs) if operand in needed)
        found = backward(replace(call, wants=wants), outputs, tuple(arriving))
        for operand, gradient in zip(op.inputs, found, strict=False):
            if operand is None or gradient is None:
                continue
            known[operand] = gradient if operand not in known else known[operand] + gradient
    return {tensor: known[tensor] for tensor in wanted if tensor in known}


def _leading_to(tape: Tape, wanted: Collection[TensorId]) -> frozenset[TensorId]:
    """Return the values that depend on the `wanted` ones, with these: only their gradients are of use."""
    found = set(wanted)
    for call, _ in tape:
        if any(operand in found for operand in call.op.inputs if operand is not None):
            found.update(call.op.outputs)
    return frozenset(found)
