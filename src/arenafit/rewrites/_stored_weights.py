"""Layers whose weights are dequantised at run time from a constant of 8 bits that only they read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Model, Op, OpId, Quant, Tensor
from arenafit.rewrites._sites import Site, locate, sites

# TFLM's GATHER takes 8-bit integers as int8 alone (tensorflow/lite/micro/kernels/gather.cc): others are shifted to it.
SHIFTS = MappingProxyType({DType.INT8: 0, DType.UINT8: 128})
_DEFAULT_FORMAT = 0


@dataclass(frozen=True)
class StoredLayer:
    """An operator, the DEQUANTIZE that makes its weights, and the constant (channels, ...) they are made of."""

    site: Site
    op: Op
    maker: Op
    stored: Tensor
    quant: Quant

    @property
    def channels(self) -> int:
        """Outputs of the layer."""
        return self.stored.shape[0]

    @property
    def row_bytes(self) -> int:
        """What the weights of one channel take in floating point."""
        return self.site.output(self.maker).size_bytes // self.channels

    @property
    def saved_bytes(self) -> int:
        """How much larger the weights are than one row of them, in floating point."""
        return self.row_bytes * (self.channels - 1)

    def parameters(self, channel: int) -> tuple[float, int]:
        """Return the scale and the zero point of a channel, as stored."""
        return self.quant.per_tensor or (self.quant.scales[channel], self.quant.zero_points[channel])

    @property
    def pixels(self) -> int:
        """Outputs of one channel."""
        return self.site.output(self.op).elements // self.channels

    def option(self, name: str) -> Any:
        """Return an option of the operator, None if it has none of that name."""
        return None if self.op.options is None else self.op.options.get(name)

    @property
    def bias(self) -> Tensor | None:
        """The constant bias, if there is one."""
        return self.site.constant(self.op, 2)

    @cached_property
    def rows(self) -> NDArray[np.int8]:
        """The integers, shifted so that they are signed."""
        return (self.stored.array().astype(np.int16) - SHIFTS[self.stored.dtype]).astype(np.int8)

    @cached_property
    def zero_points(self) -> tuple[int, ...]:
        """The zero points, shifted likewise."""
        return tuple(point - SHIFTS[self.stored.dtype] for point in self.quant.zero_points or (0,))

    @cached_property
    def centred(self) -> NDArray[np.int8] | None:
        """The integers less a zero point that all channels share; None if they share none or it does not fit."""
        if len(set(self.zero_points)) > 1:
            return None
        wide = self.rows.astype(np.int16) - self.zero_points[0]
        narrow = wide.astype(np.int8)
        return narrow if np.array_equal(narrow, wide) else None


def layers(model: Model) -> list[StoredLayer]:
    """Return the layers of graph 0 whose weights are dequantised from constants, in the order of the schedule."""
    return [layer for site in sites(model)[:1] for op in site.graph.ops if (layer := _layer(site, op)) is not None]


def located(model: Model, op_id: OpId) -> StoredLayer:
    """Return the layer of operator `op_id`.

    Raises:
        UnsupportedModelError: if it is no FULLY_CONNECTED or CONV_2D of weights that only it reads, dequantised from a
            constant of 8 bits, or stands in another graph than 0.
    """
    site, op = locate(model, op_id)
    layer = None if site.index else _layer(site, op)
    if layer is None:
        raise UnsupportedModelError(f"{op.name} {op.id} is no layer of weights dequantised from a constant")
    return layer


def _layer(site: Site, op: Op) -> StoredLayer | None:
    fits = _FITS.get(op.name)
    if fits is None or not 2 <= len(op.inputs) <= 3 or len(op.outputs) != 1 or op.options is None:
        return None
    if op.inputs[0] is None or op.inputs[1] is None or site.reader(op.inputs[1]) is not op:
        return None
    maker = site.graph.producers.get(op.inputs[1])
    stored = None if maker is None or maker.name != "DEQUANTIZE" else site.constant(maker, 0)
    if maker is None or maker.outputs != (op.inputs[1],) or stored is None or stored.quant is None:
        return None
    if len(stored.shape) < 2 or not stored.elements:
        return None
    layer = StoredLayer(site, op, maker, stored, stored.quant)
    return layer if _weights_known(layer) and _operands_fit(layer) and fits(layer) else None


def _weights_known(layer: StoredLayer) -> bool:
    stored, quant, made = layer.stored, layer.quant, layer.site.output(layer.maker)
    if stored.dtype not in SHIFTS or made.dtype is not DType.FLOAT32 or made.shape != stored.shape or quant.extras:
        return False
    per_channel = len(quant.scales) == len(quant.zero_points) == layer.channels and quant.dimension == 0
    return quant.per_tensor is not None or per_channel


def _operands_fit(layer: StoredLayer) -> bool:
    site, op, bias = layer.site, layer.op, layer.bias
    source, output = site.input(op), site.output(op)
    if source.is_constant or source.is_variable or {source.dtype, output.dtype} != {DType.FLOAT32}:
        return False
    if len(op.inputs) == 3 and op.inputs[2] is not None and bias is None:
        return False
    if bias is not None and (bias.dtype is not DType.FLOAT32 or bias.shape != (layer.channels,)):
        return False
    shaped = len(output.shape) > 1 and min((*source.shape, *output.shape)) > 0
    return shaped and output.shape[-1] == layer.channels


def _dense_fits(layer: StoredLayer) -> bool:
    source, output, stored = layer.site.input(layer.op), layer.site.output(layer.op), layer.stored
    if len(stored.shape) != 2 or layer.option("weights_format") != _DEFAULT_FORMAT:
        return False
    return source.elements == output.elements // layer.channels * stored.shape[1]


def _convolution_fits(layer: StoredLayer) -> bool:
    source, output, stored = layer.site.input(layer.op), layer.site.output(layer.op), layer.stored
    # A channel of a grouped convolution reads some of the input's channels alone.
    return len(stored.shape) == len(source.shape) == len(output.shape) == 4 and stored.shape[3] == source.shape[3]


_FITS: Mapping[str, Callable[[StoredLayer], bool]] = MappingProxyType(
    {"CONV_2D": _convolution_fits, "FULLY_CONNECTED": _dense_fits}
)
