"""MAX_POOL_2D and AVERAGE_POOL_2D: TFLM's reference loops (float, and int8 without CMSIS-NN), or arm_*_pool_s8.

Mirrors tflite-micro 90b983c2 with CMSIS-NN 4ab83cc3.
"""

from collections.abc import Sequence

from arenafit.costs.ops import _sixteen_bits
from arenafit.costs.site import OpContext
from arenafit.costs.traffic import Traffic, element_bytes, scaled
from arenafit.costs.window import TapWindow, window
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured


def _reference(shape: TapWindow, channels: int) -> dict[str, float]:
    return {
        "tap": shape.inside * channels,
        "tap_row": shape.rows_inside * channels,
        "out": shape.pixels * channels,
        "pixel": shape.pixels,
        "call": 1,
    }


def _dsp(shape: TapWindow, channels: int) -> dict[str, float]:
    quads, rest = divmod(channels, 4)
    return {
        "tap_quad": shape.inside * quads,
        "rest_tap": shape.inside * rest,
        "tap": shape.inside,
        "out_quad": shape.pixels * quads,
        "rest_out": shape.pixels * rest,
        "row": shape.rows_inside,
        "pixel": shape.pixels,
        "call": 1,
    }


def _mve_max(shape: TapWindow, channels: int) -> dict[str, float]:
    return {
        "tap_vector": shape.inside * (channels // 16),
        "rest_tap": shape.inside * (channels % 16 > 0),
        "tap": shape.inside,
        "out_vector": shape.pixels * -(-channels // 16),
        "row": shape.rows_inside,
        "pixel": shape.pixels,
        "call": 1,
    }


def _mve_average(shape: TapWindow, channels: int) -> dict[str, float]:
    vectors = -(-channels // 16)
    return {
        "tap_vector": shape.inside * vectors,
        "row_vector": shape.rows_inside * vectors,
        "out_vector": shape.pixels * vectors,
        "pixel": shape.pixels,
        "call": 1,
    }


_MVE = {"MAX_POOL_2D": _mve_max, "AVERAGE_POOL_2D": _mve_average}


def _shape(site: OpContext) -> TapWindow:
    heights = site.option("filter_height", 1), site.option("filter_width", 1)
    return window(site, site.operand(0), site.outputs[0], *heights)


def _work(site: OpContext) -> KernelWork | Uncovered:
    tag, channels = site.tag, site.outputs[0].shape[3]
    if tag not in ("i8", "i16", "f32"):
        return unmeasured(site, site.operand(0))
    if tag == "f32" or not site.core.has_cmsis_nn:
        terms = _reference(_shape(site), channels)
    elif site.core.has_mve:
        terms = _MVE[site.op.name](_shape(site), channels)
    elif tag == "i16":
        return _sixteen_bits.pool(site.op.name, _shape(site), channels)
    else:
        terms = _dsp(_shape(site), channels)
    return KernelWork(f"{site.op.name} {tag}", terms)


def _traffic(site: OpContext, scratches: Sequence[int]) -> Traffic:
    """Each output reads its window."""
    read = _shape(site).inside * site.outputs[0].shape[3] * element_bytes(site)
    return scaled(site, scratches, {0: read})


COST = OpCost(("MAX_POOL_2D", "AVERAGE_POOL_2D"), _work, traffic=_traffic)
