"""The boundary of a quantised model: float tensors for the application's comfort, or quantised ones for its memory."""

from __future__ import annotations

from dataclasses import dataclass, replace

from arenafit.ir import Editor, Model, Options, Tensor, TensorId
from arenafit.ir.dtype import DType
from arenafit.quantize.tidy import tidied

_QUANTISED = (DType.INT8, DType.INT16, DType.UINT8)


@dataclass(frozen=True, slots=True)
class Boundary:
    """What the application does at one input or output: real = scale * (stored - zero_point)."""

    name: str
    is_input: bool
    dtype: DType
    shape: tuple[int, ...]
    scale: float | None
    zero_point: int | None

    @property
    def advice(self) -> str:
        """What to write in the application, in one line."""
        if self.scale is None:
            return f"'{self.name}' is {self.dtype.label.lower()}: nothing to convert"
        zero_point = self.zero_point or 0
        plus, minus = (" - ", " + ") if zero_point < 0 else (" + ", " - ")
        kind, shift = self.dtype.label.lower(), abs(zero_point)
        if self.is_input:
            return f"write '{self.name}' as {kind}: round(x / {self.scale:.9g})" + (f"{plus}{shift}" if shift else "")
        return f"read '{self.name}' as {kind}: " + (f"(q{minus}{shift})" if shift else "q") + f" * {self.scale:.9g}"


def boundaries(model: Model) -> tuple[Boundary, ...]:
    """Return the inputs, then the outputs of the main graph, with the constants the application needs."""
    graph = model.main
    sides = [(tensor_id, True) for tensor_id in graph.inputs] + [(tensor_id, False) for tensor_id in graph.outputs]
    result = []
    for tensor_id, is_input in sides:
        tensor = graph.tensor(tensor_id)
        scale, zero_point = (tensor.quant.per_tensor if tensor.quant else None) or (None, None)
        result.append(Boundary(tensor.name, is_input, tensor.dtype, tensor.shape, scale, zero_point))
    return tuple(result)


def strip_io(model: Model) -> Model:
    """Return `model` with quantised inputs and outputs where it only converts them: `--io int8`.

    A float input that QUANTIZE operators read becomes the quantised tensor itself; another reader in float gets a
    DEQUANTIZE. A float output that a DEQUANTIZE writes becomes the tensor it reads. Inputs and outputs keep their
    places and names; signatures follow. An input that nothing quantises, or an output computed in float, stays as it
    is. The offline plan, if there is one, is dropped when something changes.
    """
    moved: dict[TensorId, TensorId] = {}
    changed = model
    for tensor_id in model.main.inputs:
        changed = _strip_input(changed, tensor_id, moved)
    for tensor_id in model.main.outputs:
        changed = _strip_output(changed, tensor_id, moved)
    if not moved:
        return model
    signatures = tuple(
        replace(
            entry,
            inputs=tuple((name, moved.get(tensor, tensor)) for name, tensor in entry.inputs),
            outputs=tuple((name, moved.get(tensor, tensor)) for name, tensor in entry.outputs),
        )
        for entry in changed.signatures
    )
    return tidied(_pruned(replace(changed, signatures=signatures, offline_plan=None)))


def with_float_io(model: Model, source: Model) -> Model:
    """Return `model` with float inputs and outputs where `source`, the float model it was made from, has them.

    What is stored gets a QUANTIZE before it or a DEQUANTIZE after it.
    """
    editor = Editor(model)
    graph = model.main
    before, after, inputs, outputs = [], [], list(graph.inputs), list(graph.outputs)
    for place, (made, asked) in enumerate(zip(graph.inputs, source.main.inputs, strict=True)):
        if source.tensors[asked].dtype is DType.FLOAT32 and graph.tensor(made).dtype in _QUANTISED:
            inputs[place] = _float_twin(editor, graph.tensor(made), "quantized")
            before.append(editor.make_op("QUANTIZE", [inputs[place]], [made], Options("QuantizeOptions")))
    for place, (made, asked) in enumerate(zip(graph.outputs, source.main.outputs, strict=True)):
        if source.tensors[asked].dtype is DType.FLOAT32 and graph.tensor(made).dtype in _QUANTISED:
            outputs[place] = _float_twin(editor, graph.tensor(made), "quantized")
            after.append(editor.make_op("DEQUANTIZE", [made], [outputs[place]], Options("DequantizeOptions")))
    editor.set_schedule([*before, *graph.ops, *after])
    editor.set_inputs(inputs)
    editor.set_outputs(outputs)
    return editor.build()


def _float_twin(editor: Editor, stored: Tensor, suffix: str) -> TensorId:
    editor.update_tensor(replace(stored, name=f"{stored.name}_{suffix}"))
    return editor.add_tensor(stored.name, DType.FLOAT32, stored.shape)


def _strip_input(model: Model, tensor_id: TensorId, moved: dict[TensorId, TensorId]) -> Model:
    graph = model.main
    tensor = graph.tensor(tensor_id)
    readers = graph.uses.get(tensor_id, ())
    converting = [op for op in readers if op.name == "QUANTIZE" and graph.tensor(op.outputs[0]).dtype in _QUANTISED]
    if tensor.dtype is not DType.FLOAT32 or not converting or tensor_id in graph.outputs:
        return model
    # The widest type keeps most of what the application gives.
    best = max(converting, key=lambda op: graph.tensor(op.outputs[0]).dtype.bits)
    stored = graph.tensor(best.outputs[0])
    if stored.id in graph.outputs:
        return model
    editor = Editor(model)
    editor.update_tensor(replace(stored, name=tensor.name, shape_signature=tensor.shape_signature))
    editor.update_tensor(replace(tensor, name=f"{tensor.name}_dequantized"))
    schedule = [op for op in graph.ops if op.id != best.id]
    if len(readers) > 1:
        schedule.insert(0, editor.make_op("DEQUANTIZE", [stored.id], [tensor_id], Options("DequantizeOptions")))
    editor.set_schedule(schedule)
    editor.set_inputs([stored.id if entry == tensor_id else entry for entry in graph.inputs])
    moved[tensor_id] = stored.id
    return editor.build()


def _strip_output(model: Model, tensor_id: TensorId, moved: dict[TensorId, TensorId]) -> Model:
    graph = model.main
    producer = graph.producers.get(tensor_id)
    if producer is None or producer.name != "DEQUANTIZE":
        return model
    stored = graph.tensor(producer.operands[0])
    taken = stored.id in graph.inputs or stored.id in graph.outputs
    if stored.dtype not in _QUANTISED or stored.is_constant or taken:
        return model
    editor = Editor(model)
    tensor = graph.tensor(tensor_id)
    editor.update_tensor(replace(stored, name=tensor.name, shape_signature=tensor.shape_signature))
    editor.update_tensor(replace(tensor, name=f"{tensor.name}_dequantized"))
    if tensor_id not in graph.uses:
        editor.set_schedule([op for op in graph.ops if op.id != producer.id])
    editor.set_outputs([stored.id if entry == tensor_id else entry for entry in graph.outputs])
    moved[tensor_id] = stored.id
    return editor.build()


def _pruned(model: Model) -> Model:
    editor = Editor(model)
    editor.prune_tensors()
    return editor.build()
