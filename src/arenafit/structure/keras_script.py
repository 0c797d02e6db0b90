"""The architecture of a model as a small Keras script, to train it anew: shapes and options, no weights."""

from collections.abc import Callable

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model, Op, Tensor, TensorId
from arenafit.ops import Family, find
from arenafit.ops.real import IDENTITY

_PADDINGS = {0: '"same"', 1: '"valid"'}
_FUSED = {0: None, 1: "relu", 3: "relu6", 4: "tanh"}


class _Script:
    """The lines of a script in the making, and the variable that holds each tensor."""

    def __init__(self, model: Model) -> None:
        self.graph = model.main
        self.lines: list[str] = []
        self.held: dict[TensorId, str] = {}

    def name(self, tensor: TensorId) -> str:
        """Return the variable that holds a tensor."""
        if tensor not in self.held:
            raise UnsupportedModelError(f"tensor '{self.tensor(tensor).name}' is not written as Keras: {tensor}")
        return self.held[tensor]

    def tensor(self, tensor: TensorId) -> Tensor:
        """Return a tensor of the graph."""
        return self.graph.by_id[tensor]

    def put(self, op: Op, expression: str, *, activated: bool = True) -> None:
        """Append a line that computes the output of `op`; its fused activation follows."""
        variable = f"x{len(self.lines)}"
        self.lines.append(f"    {variable} = {expression}")
        fused = _fused(op) if activated else None
        if fused is not None:
            self.lines.append(f"    {variable} = {_activation(fused)}({variable})")
        self.held[op.outputs[0]] = variable


def keras_script(model: Model, settings: tuple[str, ...] = ()) -> str:
    """Return a Python module with a function ``build()`` that returns the `keras.Model` of `model`, untrained.

    Integer models are written in the float form to be trained and quantised; layers are (N, H, W, C).

    Raises:
        UnsupportedModelError: naming the operator that has no Keras layer here.
    """
    script = _Script(model)
    graph = model.main
    for position, tensor in enumerate(graph.inputs):
        shape = script.tensor(tensor).shape[1:]
        script.held[tensor] = f"input{position}"
        script.lines.append(f"    input{position} = keras.Input({_tuple(shape)})")
    read = {operand for op in graph.ops for operand in op.operands} | set(graph.outputs)
    for op in graph.ops:
        if not any(output in read for output in op.outputs) or _only_shapes(script, op):
            continue
        writer = _writer(op)
        writer(script, op)
    inputs = ", ".join(f"input{position}" for position in range(len(graph.inputs)))
    outputs = ", ".join(script.name(tensor) for tensor in graph.outputs)
    return _TEMPLATE.format(
        about="".join(f"    {line}\n" for line in settings) or "    as it is\n",
        body="\n".join(script.lines),
        inputs=inputs,
        outputs=outputs,
    )


_TEMPLATE = '''"""An architecture written by arenafit, to be trained:

{about}"""

import keras


def build() -> keras.Model:
    """Return the untrained model."""
{body}
    return keras.Model([{inputs}], [{outputs}])


if __name__ == "__main__":
    build().summary()
'''


def _tuple(shape: tuple[int, ...]) -> str:
    return "(" + "".join(f"{int(extent)}, " for extent in shape).rstrip(" " if len(shape) == 1 else ", ") + ")"


def _only_shapes(script: _Script, op: Op) -> bool:
    return all(script.tensor(output).dtype.label in ("INT32", "INT64") for output in op.outputs)


def _fused(op: Op) -> str | None:
    code = op.options.get("fused_activation_function", 0) if op.options else 0
    if code not in _FUSED:
        raise UnsupportedModelError(f"{op.code.label} (operator {op.id}) has an activation Keras has none of")
    return _FUSED[code]


def _activation(name: str) -> str:
    return "keras.layers.ReLU(6.0)" if name == "relu6" else f'keras.layers.Activation("{name}")'


def _option(op: Op, name: str) -> int:
    found = op.options.get(name) if op.options else None
    return found if isinstance(found, int) else 1


def _pair(op: Op, first: str, second: str) -> str:
    return f"({_option(op, first)}, {_option(op, second)})"


def _biased(op: Op) -> str:
    return "" if len(op.inputs) > 2 and op.inputs[2] is not None else ", use_bias=False"


def _convolution(script: _Script, op: Op) -> None:
    count, rows, columns, depth = script.tensor(op.operands[1]).shape
    groups = script.tensor(op.operands[0]).shape[-1] // max(1, depth)
    more = "" if groups <= 1 else f", groups={groups}"
    script.put(
        op,
        f"keras.layers.Conv2D({count}, ({rows}, {columns}), strides={_pair(op, 'stride_h', 'stride_w')}, "
        f"padding={_PADDINGS[_option(op, 'padding')]}, "
        f"dilation_rate={_pair(op, 'dilation_h_factor', 'dilation_w_factor')}{more}{_biased(op)})"
        f"({script.name(op.operands[0])})",
    )


def _depthwise(script: _Script, op: Op) -> None:
    _, rows, columns, count = script.tensor(op.operands[1]).shape
    multiplier = count // script.tensor(op.operands[0]).shape[-1]
    script.put(
        op,
        f"keras.layers.DepthwiseConv2D(({rows}, {columns}), strides={_pair(op, 'stride_h', 'stride_w')}, "
        f"padding={_PADDINGS[_option(op, 'padding')]}, depth_multiplier={multiplier}{_biased(op)})"
        f"({script.name(op.operands[0])})",
    )


def _dense(script: _Script, op: Op) -> None:
    units, depth = script.tensor(op.operands[1]).shape
    source = script.name(op.operands[0])
    if script.tensor(op.operands[0]).shape[-1] != depth:
        source = f"keras.layers.Reshape(({depth},))({source})"
    script.put(op, f"keras.layers.Dense({units}{_biased(op)})({source})")


_POOLINGS = {"max": "Max", "mean": "Average"}


def _pooling(script: _Script, op: Op) -> None:
    known = find(op.code)
    kind = None if known is None else _POOLINGS.get(known.summary or "")
    if kind is None:
        raise _unwritten(op)
    script.put(
        op,
        f"keras.layers.{kind}Pooling2D({_pair(op, 'filter_height', 'filter_width')}, "
        f"strides={_pair(op, 'stride_h', 'stride_w')}, padding={_PADDINGS[_option(op, 'padding')]})"
        f"({script.name(op.operands[0])})",
    )


def _reshape(script: _Script, op: Op) -> None:
    shape = script.tensor(op.outputs[0]).shape[1:]
    script.put(op, f"keras.layers.Reshape({_tuple(shape)})({script.name(op.operands[0])})")


def _mean(script: _Script, op: Op) -> None:
    known = find(op.code)
    if known is None or known.summary != "mean":
        raise _unwritten(op)
    axes = [int(axis) for axis in script.tensor(op.operands[1]).array().reshape(-1)]
    keep = bool(op.options and op.options.get("keep_dims"))
    script.put(op, f"keras.ops.mean({script.name(op.operands[0])}, axis={axes}, keepdims={keep})")


def _pad(script: _Script, op: Op) -> None:
    if len(op.inputs) > 2:
        raise _unwritten(op)
    pairs = script.tensor(op.operands[1]).array().reshape(-1, 2).tolist()
    widths = ", ".join(f"({before}, {after})" for before, after in pairs)
    script.put(op, f"keras.ops.pad({script.name(op.operands[0])}, ({widths}))")


def _transpose(script: _Script, op: Op) -> None:
    order = [int(axis) for axis in script.tensor(op.operands[1]).array().reshape(-1)]
    script.put(op, f"keras.ops.transpose({script.name(op.operands[0])}, {order})")


def _concatenation(script: _Script, op: Op) -> None:
    _joined(script, op, f"keras.layers.Concatenate(axis={_option(op, 'axis')})")


def _joined(script: _Script, op: Op, layer: str) -> None:
    if any(script.tensor(operand).is_constant for operand in op.operands):
        raise UnsupportedModelError(f"{op.code.label} (operator {op.id}) with a constant is not written as Keras")
    names = ", ".join(script.name(operand) for operand in op.operands)
    script.put(op, f"{layer}([{names}])")


def _named(script: _Script, op: Op) -> None:
    known = find(op.code)
    if known is None or known.keras is None:
        raise _unwritten(op)
    if known.family is Family.BINARY:
        _joined(script, op, known.keras)
    else:
        script.put(op, f"{known.keras}({script.name(op.operands[0])})")


def _same(script: _Script, op: Op) -> None:
    script.held[op.outputs[0]] = script.name(op.operands[0])


def _unwritten(op: Op) -> UnsupportedModelError:
    return UnsupportedModelError(f"{op.code.label} (operator {op.id}) is not written as a Keras layer")


_WRITERS: dict[Family, Callable[[_Script, Op], None]] = {
    Family.CONVOLUTION: _convolution,
    Family.DEPTHWISE: _depthwise,
    Family.DENSE: _dense,
    Family.POOLING: _pooling,
    Family.RESHAPING: _reshape,
    Family.SQUEEZING: _reshape,
    Family.EXPANSION: _reshape,
    Family.REDUCTION: _mean,
    Family.PADDING: _pad,
    Family.TRANSPOSITION: _transpose,
    Family.JOINING: _concatenation,
}


def _writer(op: Op) -> Callable[[_Script, Op], None]:
    known = find(op.code)
    if known is None or known.family is None:
        raise _unwritten(op)
    # What only changes how numbers are stored is left out.
    return _same if known.real is IDENTITY else _WRITERS.get(known.family, _named)
