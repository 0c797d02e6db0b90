"""Float models of one operator each, made from the kernel cases, and data that suits them."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.accuracy.samples import Samples, input_ports
from arenafit.ir import Constant, DType, Editor, Model, Tensor
from support.kernel_cases import KERNEL_CASES

_STORED = (DType.INT8, DType.INT16)
# Operators that are defined, or well-conditioned, for positive values only.
_POSITIVE = ("DIV", "RSQRT", "L2_NORMALIZATION")
# Desktop LiteRT, which calibration runs on, knows no first version of these.
_VERSIONS = {"BROADCAST_TO": 2}
SAMPLES = 32


def float_case(operator: str) -> Model:
    """Return a model of `operator` on float data: the float kernel case, or the int8 one with its types exchanged."""
    cases = KERNEL_CASES[operator]
    model = cases.get("float", next(iter(cases.values())))()
    graph = model.main
    tensors = tuple(_floated(tensor) for tensor in graph.tensors)
    if operator == "PRELU":
        return _with_constant_slopes(replace(model, graphs=(replace(graph, tensors=tensors),)))
    ops = tuple(replace(op, code=replace(op.code, version=_VERSIONS.get(op.name, 1))) for op in graph.ops)
    return replace(model, graphs=(replace(graph, tensors=tensors, ops=ops),))


def case_samples(model: Model, seed: int = 0) -> Samples:
    """Return samples for a one-operator model: uniform in [-1, 1] or [0.25, 1]; bools and indices alike."""
    rng = np.random.default_rng(seed)
    low = 0.25 if model.main.ops[0].name in _POSITIVE else -1.0
    arrays = tuple(_values(rng, low, port.dtype, (SAMPLES, *port.shape)) for port in input_ports(model))
    return Samples(arrays, (None,) * len(model.main.outputs), "cases")


def _with_constant_slopes(model: Model) -> Model:
    editor = Editor(model)
    data, slopes = model.main.inputs
    values = np.linspace(-0.5, 0.5, model.tensors[slopes].elements, dtype=np.float32)
    editor.update_tensor(replace(model.tensors[slopes], data=Constant.of(values)))
    editor.set_inputs([data])
    return editor.build()


def _floated(tensor: Tensor) -> Tensor:
    if tensor.dtype not in _STORED:
        return tensor
    data = None if tensor.data is None else Constant.of(tensor.array().astype(np.float32) / 64)
    return replace(tensor, dtype=DType.FLOAT32, quant=None, data=data)


def _values(rng: np.random.Generator, low: float, dtype: DType, shape: tuple[int, ...]) -> NDArray[Any]:
    if dtype is DType.FLOAT32:
        return rng.uniform(low, 1.0, shape).astype(np.float32)
    return rng.integers(0, 2, shape).astype(dtype.numpy)
