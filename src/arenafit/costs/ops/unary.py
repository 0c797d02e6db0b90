"""Element-wise operators of one tensor, without CMSIS-NN kernels: activations, arithmetic, QUANTIZE, DEQUANTIZE.

Mirrors micro/kernels/activations.cc, hard_swish.cc, leaky_relu.cc, logistic.cc, tanh.cc, elu.cc,
elementwise.cc, neg.cc, exp.cc, floor.cc, ceil.cc, round.cc, quantize_common.cc and dequantize.cc of tflite-micro
90b983c2.
"""

from arenafit.costs.ops import _elementwise as elementwise
from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured

_ALL = {("i8", "i8"): "i8", ("i16", "i16"): "i16", ("f32", "f32"): "f32"}
_OF_FLOATS = ("SQRT", "NEG", "EXP", "SQUARE", "SIN", "COS", "LOG", "FLOOR", "CEIL", "ROUND")
_MEASURED = {
    "RELU": _ALL,
    "RELU6": _ALL,
    "LEAKY_RELU": _ALL,
    "HARD_SWISH": {("i8", "i8"): "i8", ("f32", "f32"): "f32"},
    "LOGISTIC": _ALL,
    "TANH": _ALL,
    "QUANTIZE": {
        ("i8", "i8"): "i8",
        ("i8", "u8"): "i8->u8",
        ("u8", "i8"): "u8->i8",
        ("i8", "i16"): "i8->i16",
        ("i8", "i32"): "i8->i32",
        ("i16", "i8"): "i16->i8",
        ("i16", "i16"): "i16",
        ("i16", "i32"): "i16->i32",
        ("i32", "i8"): "i32->i8",
        ("i32", "i16"): "i32->i16",
        ("f32", "i8"): "f32->i8",
        ("f32", "i16"): "f32->i16",
    },
    "DEQUANTIZE": {("i8", "f32"): "i8->f32", ("i16", "f32"): "i16->f32"},
    "ELU": {("i8", "i8"): "i8", ("f32", "f32"): "f32"},
    "RSQRT": {("i8", "i8"): "i8", ("f32", "f32"): "f32"},
    "ABS": _ALL,
    **{name: {("f32", "f32"): "f32"} for name in _OF_FLOATS},
}


def _same_scale(site: OpContext) -> bool:
    source, out = site.operand(0).quant, site.outputs[0].quant
    return source is not None and out is not None and source.scales == out.scales


def _work(site: OpContext) -> KernelWork | Uncovered:
    kind = _MEASURED[site.op.name].get((site.tags[0] or "", site.tags[1] or ""))
    if kind is None:
        return unmeasured(site, site.operand(0), *site.outputs)
    if site.op.name == "QUANTIZE" and kind in ("i8", "i8->u8", "u8->i8") and _same_scale(site):
        return KernelWork(f"QUANTIZE {kind} same scale", elementwise.plain(site))
    return KernelWork(f"{site.op.name} {kind}", elementwise.plain(site))


COST = OpCost(tuple(_MEASURED), _work)
