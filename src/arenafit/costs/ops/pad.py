"""PAD and PADV2: TFLM's reference loop tests every element; CMSIS-NN copies and fills whole rows (arm_pad_s8).

Mirrors kernels/internal/reference/pad.h of tflite-micro 90b983c2 and CMSIS-NN 4ab83cc3.
"""

from math import prod

from arenafit.costs.memcpy import memcpy
from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost, Uncovered, output_bytes, unmeasured


def _reference(source: tuple[int, ...], out: tuple[int, ...]) -> dict[str, float]:
    inside = prod(source)
    # Elements outside along the last axis are found by the last two of ten tests, the others earlier.
    along_channels = prod(source[:-1]) * (out[-1] - source[-1])
    return {
        "copied": inside,
        "padded": prod(out) - inside - along_channels,
        "padded_channel": along_channels,
        "pixel": prod(out[:-1]),
        "row": prod(out[:-2]),
        "call": 1,
    }


def _fills(site: OpContext, source: tuple[int, ...], pads: list[tuple[int, int]]) -> dict[str, float]:
    (_, height, width, depth), core = source, site.core
    images, rows = source[0], source[0] * height
    row_bytes = (width + sum(pads[2])) * (depth + sum(pads[3]))
    plain = sum(pads[3]) == 0
    runs = [(rows, width * depth)] if plain else [(rows * width, depth)]
    filled = [(images, pads[1][side] * row_bytes) for side in (0, 1)]
    filled += [(rows, pads[2][side] * (depth + sum(pads[3]))) for side in (0, 1)]
    filled += [] if plain else [(rows * width, pads[3][side]) for side in (0, 1)]
    filled += [(1, pads[0][side] * row_bytes * (height + sum(pads[1]))) for side in (0, 1)]
    copied = 3 * -(-runs[0][1] // 16) if core.has_mve else memcpy(runs[0][1], core)
    return {
        "copy": runs[0][0] * copied,
        "fill_byte": sum(count * size for count, size in filled),
        "fill": sum(count for count, size in filled if size),
        "row": rows,
        "channel_run": 0 if plain else rows * width,
        "call": 1,
    }


def _work(site: OpContext) -> KernelWork | Uncovered:
    source, out = site.operand(0), site.outputs[0]
    flat = site.constant_ints(1)
    if site.tag not in ("i8", "i16", "f32"):
        return unmeasured(site, source)
    if site.tag != "i8" or not site.core.has_cmsis_nn:
        return KernelWork(f"PAD {site.tag}", _reference(source.shape, out.shape))
    if flat is None:
        return Uncovered("the paddings are no constant")
    missing = 4 - len(source.shape)
    pads = [(0, 0)] * missing + list(zip(flat[::2], flat[1::2], strict=True))
    return KernelWork("PAD i8", _fills(site, (1,) * missing + source.shape, pads))


COST = OpCost(("PAD", "PADV2"), _work, copied_bytes=output_bytes)
