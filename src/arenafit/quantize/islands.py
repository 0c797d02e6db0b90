"""Brings operators that litert-quantizer leaves in float, but that TFLM has quantised, into the quantised model.

litert-quantizer 0.11 does not know PRELU, LEAKY_RELU, MINIMUM, EXPAND_DIMS, SQUEEZE, SHAPE and others; it puts them
between DEQUANTIZE and QUANTIZE, at four times the memory. The parameters on both sides are known, so the operator can
be given quantised tensors instead; DEQUANTIZE and QUANTIZE then fall away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from arenafit.accuracy.precision import Precision, quant_for_range, quantised_constant
from arenafit.ir import Editor, Model, Op, OpCode, Options, Quant, Tensor, TensorId
from arenafit.ir.dtype import DType
from arenafit.quantize.ranges import Range
from arenafit.quantize.support import SupportRule, known_support
from arenafit.quantize.tidy import tidied
from arenafit.quantize.working import original_id, working_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Versions from which the schema's operators know the types; TFLM does not look, desktop runtimes do.
_VERSIONS = {Precision.INT8: 2, Precision.INT16: 3}


@dataclass(frozen=True, slots=True)
class Island:
    """Names an operator of the float model by what it writes, or, if it has no output, by the data it stores."""

    operator: str
    tensor: TensorId


def island_of(model: Model, op: Op) -> Island | None:
    """Return the name of `op`, an operator of the working copy or one that survived quantisation; None if it is new."""
    if op.outputs:
        name = model.tensors[op.outputs[0]].name
        source = original_id(name)
        return Island(op.name, source) if source is not None and name == working_name(source) else None
    source = original_id(model.tensors[op.operands[-1]].name) if op.operands else None
    return None if source is None else Island(op.name, source)


def bring_in(quantised: Model, islands: Mapping[Island, Precision], ranges: Mapping[TensorId, Range]) -> Model:
    """Return `quantised` with the named operators quantised too.

    Args:
        quantised: what `engine.quantise` returned, names still those of the working copy.
        islands: each such operator and its precision.
        ranges: as for `engine.quantise`, tied.
    """
    ferry = _Ferry(quantised, ranges)
    for op in quantised.main.ops:
        island = island_of(quantised, op)
        if island is not None and island in islands:
            ferry.bring(op, islands[island])
        else:
            ferry.keep(op)
    return tidied(ferry.finish())


class _Ferry:
    """Walks the schedule and knows, for each float tensor, the quantised tensor with the same content."""

    def __init__(self, model: Model, ranges: Mapping[TensorId, Range]) -> None:
        self._model = model
        self._ranges = ranges
        self._editor = Editor(model)
        self._schedule: list[Op] = []
        self._stored: dict[tuple[TensorId, DType], TensorId] = {}

    def keep(self, op: Op) -> None:
        """Schedule `op` as it is; a DEQUANTIZE tells where its output is stored quantised."""
        self._schedule.append(op)
        if op.name == "DEQUANTIZE":
            source = self._editor.tensor(op.operands[0])
            self._stored[op.outputs[0], source.dtype] = source.id

    def bring(self, op: Op, precision: Precision) -> None:
        """Schedule `op` on quantised tensors, and a DEQUANTIZE of each output for who reads it in float."""
        support = known_support(op.name)
        # Data first: where all must share one scale, constants take it from the data.
        inputs = [self._data_operand(operand, precision) for operand in op.inputs]
        same = self._shared(op, inputs, precision) if support.rule is SupportRule.SAME else None
        operands = [
            made if made is not None else self._constant_operand(op, position, precision, same)
            for position, made in enumerate(inputs)
        ]
        if same is not None:
            operands = [
                operand if made is None else self._with_quant(made, same)
                for operand, made in zip(operands, inputs, strict=True)
            ]
        outputs = [self._output(tensor_id, precision, same, support.rule) for tensor_id in op.outputs]
        version = max(op.code.version, _VERSIONS[precision])
        code = (
            OpCode(op.code.name, version, op.code.custom_code)
            if support.rule is not SupportRule.SHAPE_ONLY
            else op.code
        )
        self._schedule.append(replace(op, code=code, inputs=tuple(operands), outputs=tuple(outputs)))
        for float_id, made in zip(op.outputs, outputs, strict=True):
            if made != float_id:
                self._stored[float_id, precision.dtype] = made
                self._append("DEQUANTIZE", "DequantizeOptions", made, float_id)

    def finish(self) -> Model:
        """Return the changed model."""
        self._editor.set_schedule(self._schedule)
        return self._editor.build()

    def _shared(self, op: Op, inputs: Sequence[TensorId | None], precision: Precision) -> Quant | None:
        """Return the parameters all data tensors of a copying operator get."""
        if not op.outputs:
            # It stores for others to read, who know the tied range only.
            return self._parameters(self._editor.tensor(op.operands[-1]), precision)
        return next((self._editor.tensor(made).quant for made in inputs if made is not None), None)

    def _data_operand(self, operand: TensorId | None, precision: Precision) -> TensorId | None:
        if operand is None:
            return None
        tensor = self._editor.tensor(operand)
        if tensor.dtype is not DType.FLOAT32 or tensor.is_constant:
            return None
        known = self._stored.get((operand, precision.dtype))
        return known if known is not None else self._quantise(tensor, precision)

    def _quantise(self, tensor: Tensor, precision: Precision) -> TensorId:
        made = self._editor.add_tensor(
            f"{tensor.name}_quantized", precision.dtype, tensor.shape, quant=self._parameters(tensor, precision)
        )
        self._append("QUANTIZE", "QuantizeOptions", tensor.id, made)
        self._stored[tensor.id, precision.dtype] = made
        return made

    def _constant_operand(self, op: Op, position: int, precision: Precision, same: Quant | None) -> TensorId | None:
        operand = op.inputs[position]
        if operand is None:
            return None
        tensor = self._editor.tensor(operand)
        if tensor.dtype is not DType.FLOAT32:
            return operand
        stored = Precision.INT8 if position in known_support(op.name).int8_operands else precision
        quant, data = quantised_constant(tensor.array(), stored, same)
        return self._editor.add_tensor(tensor.name, stored.dtype, tensor.shape, quant=quant, data=data)

    def _with_quant(self, operand: TensorId, quant: Quant) -> TensorId:
        tensor = self._editor.tensor(operand)
        if tensor.quant is not None and tensor.quant.per_tensor == quant.per_tensor:
            return operand
        made = self._editor.add_tensor(f"{tensor.name}_requantized", tensor.dtype, tensor.shape, quant=quant)
        self._append("QUANTIZE", "QuantizeOptions", operand, made)
        return made

    def _output(self, tensor_id: TensorId, precision: Precision, same: Quant | None, rule: SupportRule) -> TensorId:
        tensor = self._editor.tensor(tensor_id)
        if tensor.dtype is not DType.FLOAT32 or rule is SupportRule.SHAPE_ONLY:
            return tensor_id
        quant = same if same is not None else self._parameters(tensor, precision)
        return self._editor.add_tensor(f"{tensor.name}_quantized", precision.dtype, tensor.shape, quant=quant)

    def _parameters(self, tensor: Tensor, precision: Precision) -> Quant:
        source = original_id(tensor.name)
        extent = self._ranges[source] if source is not None else Range(0.0, 0.0)
        return quant_for_range(extent.low, extent.high, precision)

    def _append(self, name: str, options: str, source: TensorId, target: TensorId) -> None:
        self._schedule.append(self._editor.make_op(name, [source], [target], Options(options)))
