"""Takes out the QUANTIZE and DEQUANTIZE operators that a quantised model does not need."""

from dataclasses import replace

from arenafit.ir import Editor, Model, Op, TensorId


def tidied(model: Model) -> Model:
    """Return `model` without converting detours in its main graph; what it computes stays the same but for rounding.

    Repeated until nothing changes: DEQUANTIZE then QUANTIZE to the same parameters becomes nothing, to others one
    QUANTIZE; a QUANTIZE that changes nothing goes; a DEQUANTIZE that nobody reads goes.
    """
    while True:
        changed = _without_round_trips(model)
        changed = _without_idle_quantise(changed)
        changed = _without_unread(changed)
        if changed is model:
            return model
        model = changed


def _without_round_trips(model: Model) -> Model:
    """Let a QUANTIZE of a DEQUANTIZE's output read what the DEQUANTIZE reads."""
    graph = model.main
    editor = Editor(model)
    found = False
    for op in graph.ops:
        if op.name != "QUANTIZE":
            continue
        producer = graph.producers.get(op.operands[0])
        if producer is None or producer.name != "DEQUANTIZE":
            continue
        editor.update_op(replace(op, inputs=(producer.operands[0],)))
        found = True
    return editor.build() if found else model


def _without_idle_quantise(model: Model) -> Model:
    """Take out each QUANTIZE whose input and output agree in type and parameters."""
    graph = model.main
    for op in graph.ops:
        if op.name != "QUANTIZE":
            continue
        source, target = graph.tensor(op.operands[0]), graph.tensor(op.outputs[0])
        if source.dtype is not target.dtype or source.quant is None or target.quant is None:
            continue
        if source.quant.per_tensor is None or source.quant.per_tensor != target.quant.per_tensor:
            continue
        if target.id in graph.outputs and (source.id in graph.inputs or source.id in graph.outputs):
            continue  # an output must not be an input, nor appear twice
        editor = Editor(model)
        editor.set_schedule([other for other in graph.ops if other.id != op.id])
        editor.rename_uses({target.id: source.id})
        editor.prune_tensors()
        return editor.build()
    return model


def _without_unread(model: Model) -> Model:
    """Take out conversions whose output nobody reads."""
    graph = model.main
    wanted: set[TensorId] = set(graph.outputs)
    kept = [op for op in graph.ops if not _is_unread(op, graph.uses.keys() | wanted)]
    if len(kept) == len(graph.ops):
        return model
    editor = Editor(model)
    editor.set_schedule(kept)
    editor.prune_tensors()
    return editor.build()


def _is_unread(op: Op, read: set[TensorId]) -> bool:
    return op.name in ("QUANTIZE", "DEQUANTIZE") and op.outputs[0] not in read
