"""A float model as integers, for its price alone: scales stand for any, since bytes do not depend on their values."""

from arenafit.accuracy.precision import Precision
from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Model
from arenafit.quantize.build import Calibrated, Style, build, uniform
from arenafit.quantize.preparation import prepare
from arenafit.quantize.ranges import Range
from arenafit.quantize.working import working_copy


def int8_skeleton(model: Model) -> Model:
    """Return `model` as `quantize` makes it in int8, every tensor's range taken to be [-1, 1].

    Needs no data, and computes nothing of use.

    Raises:
        UnsupportedModelError: if it is quantised already, or nothing in it can be.
        RuntimeUnavailableError: if litert-quantizer (extra ``quantize``) is not installed.
    """
    return skeleton(model, Precision.INT8)


def skeleton(model: Model, precision: Precision, style: Style | None = None) -> Model:
    """Return `model` as `quantize` makes it in `precision` and `style`; see `int8_skeleton`."""
    prepared = prepare(model).model
    working = working_copy(prepared)
    tensors = [tensor for tensor in working.main.tensors if not tensor.is_constant and tensor.dtype is DType.FLOAT32]
    if not tensors:
        raise UnsupportedModelError("the model computes on no float data")
    source = Calibrated(prepared, working, {tensor.id: Range(-1.0, 1.0) for tensor in tensors})
    return build(source, uniform(source, precision), style).model
