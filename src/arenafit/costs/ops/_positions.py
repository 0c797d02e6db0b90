"""Positions that resizing computes in floating point: how far newlib's floorf, ceilf and roundf get with each."""

from functools import lru_cache

import numpy as np

from arenafit.costs.site import OpContext


def position_terms(site: OpContext) -> dict[str, float]:
    """Return the evaluations of a position: all, those from 1 on that are whole numbers, and those that are not.

    The one along the height is computed once a row, the one along the width once a pixel. Rounding (`align_corners`
    of the nearest neighbour) is another function, and has terms of its own; so has the shift of `half_pixel_centers`.
    """
    source, out = site.operand(0).shape, site.outputs[0].shape
    corners, centers = bool(site.option("align_corners", False)), bool(site.option("half_pixel_centers", False))
    rows, columns = (_kinds(source[axis], out[axis], corners, centers) for axis in (1, 2))
    whole, fraction = (out[0] * (row + out[1] * column) for row, column in zip(rows, columns, strict=True))
    evaluations = out[0] * out[1] * (1 + out[2])
    return {
        "centered": evaluations * centers,
        "aligned": evaluations * corners,
        "whole": whole * (not corners),
        "fraction": fraction * (not corners),
        "aligned_whole": whole * corners,
        "aligned_fraction": fraction * corners,
    }


@lru_cache(maxsize=4096)
def _kinds(size: int, out: int, corners: bool, centers: bool) -> tuple[int, int]:
    scale = np.float32(size - 1) / np.float32(out - 1) if corners and out > 1 else np.float32(size) / np.float32(out)
    positions = (np.arange(out, dtype=np.float32) + np.float32(0.5 * centers)) * scale
    whole = positions == np.floor(positions)
    far = positions >= 1
    return int((far & whole).sum()), int((far & ~whole).sum())
