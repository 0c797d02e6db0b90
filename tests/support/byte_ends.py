"""Models whose inputs and outputs are bytes from 0 to 255, as older converters make them: a QUANTIZE at each end."""

from dataclasses import replace

from arenafit.ir import DType, Editor, Model, Op, Options, Quant, Tensor, TensorId

_LIFTED = 128


def with_byte_ends(model: Model) -> Model:
    """Return a model of int8 with inputs and outputs of uint8; ends of other types stay."""
    editor, graph = Editor(model), model.main
    first, last = list[Op](), list[Op]()

    def bytes_for(tensor: Tensor) -> TensorId | None:
        if tensor.dtype is not DType.INT8 or tensor.quant is None or tensor.is_constant:
            return None
        quant = Quant(tensor.quant.scales, tuple(point + _LIFTED for point in tensor.quant.zero_points))
        return editor.add_tensor(f"{tensor.name}_bytes", DType.UINT8, tensor.shape, quant=quant)

    def converted(source: TensorId, target: TensorId) -> Op:
        return editor.make_op("QUANTIZE", (source,), (target,), Options("QuantizeOptions", ()))

    inputs, outputs = list(graph.inputs), list(graph.outputs)
    for position, end in enumerate(inputs):
        made = bytes_for(graph.tensor(end))
        if made is not None:
            first.append(converted(made, end))
            inputs[position] = made
    for position, end in enumerate(outputs):
        made = bytes_for(graph.tensor(end))
        if made is not None:
            last.append(converted(end, made))
            outputs[position] = made
    editor.set_schedule([*first, *editor.ops(), *last])
    built = editor.build()
    main = replace(built.main, inputs=tuple(inputs), outputs=tuple(outputs))
    return replace(built, graphs=(main, *built.graphs[1:]), signatures=())
