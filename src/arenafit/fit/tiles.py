"""TILE, which TFLM does not have, becomes operators that it has and that copy the same.

Keras 3 writes EXPAND_DIMS, TILE and RESHAPE for each axis of an UpSampling2D: together they are a
RESIZE_NEAREST_NEIGHBOR. Half-pixel centres are asked for, because rounding then never decides which pixel is copied.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from arenafit.ir import DType, Editor, Model, Op, Options, Tensor, TensorId
from arenafit.rewrites._sites import Site, edit, sites

_RESIZE = "RESIZE_NEAREST_NEIGHBOR"
_RESIZED = (DType.FLOAT32, DType.INT8, DType.INT16)  # resize_nearest_neighbor.cc of TFLM, 2026-08
_IMAGE_RANK = 4
_MOST_AXES = 5  # of BROADCAST_TO (broadcast_to.cc)
_MOST_JOINED = 10  # operands of a CONCATENATION (concatenation.cc)
# By name: options and the first version that has all of these types.
_MADE = {
    _RESIZE: (
        Options("ResizeNearestNeighborOptions", (("align_corners", False), ("half_pixel_centers", True))),
        3,
    ),
    "BROADCAST_TO": (Options("BroadcastToOptions"), 3),
}


@dataclass(frozen=True, slots=True)
class _Swap:
    """What takes the place of the operators `old`: one operator that reads `source`, or copies of it joined."""

    old: tuple[Op, ...]
    name: str
    source: Tensor
    output: Tensor
    shape: tuple[int, ...] = ()
    axis: int = 0
    copies: int = 0


def without_tiles(model: Model, changes: list[str]) -> Model:
    """Return the model with each TILE of constant copies replaced where TFLM has operators for it; nothing is run."""
    while True:
        found = next(((site, swap) for site in sites(model) for swap in _swaps(site)), None)
        if found is None:
            return model
        site, swap = found
        editor = edit(model)
        editor.replace_ops([op.id for op in swap.old], [_made(editor, swap, site.index)], site.index)
        editor.prune_tensors()
        changes.append(f"{', '.join(op.name for op in swap.old)} -> {swap.name}")
        model = editor.build()


def _swaps(site: Site) -> Iterator[_Swap]:
    for op in site.graph.ops:
        count = site.constant(op, 1) if op.name == "TILE" else None
        if count is not None:
            copies = tuple(int(number) for number in count.array().flat)
            shapes = len(copies), len(site.input(op).shape), len(site.output(op).shape)
            swap = _resized(site, op, copies) or _copied(site, op, copies) if len(set(shapes)) == 1 else None
            if swap is not None:
                yield swap


def _resized(site: Site, op: Op, copies: tuple[int, ...]) -> _Swap | None:
    expand = site.graph.producers.get(site.input(op).id)
    reshape = site.reader(op.outputs[0])
    if expand is None or reshape is None or (expand.name, reshape.name) != ("EXPAND_DIMS", "RESHAPE"):
        return None
    image, output = site.input(expand), site.output(reshape)
    axes = [axis for axis, count in enumerate(copies) if count != 1]
    if len(image.shape) != _IMAGE_RANK or image.dtype not in _RESIZED or axes not in ([2], [3]):
        return None
    axis = axes[0] - 1
    wanted = tuple(extent * (copies[axes[0]] if index == axis else 1) for index, extent in enumerate(image.shape))
    opened = (*image.shape[: axis + 1], 1, *image.shape[axis + 1 :])
    if site.input(op).shape != opened or output.shape != wanted or site.reader(expand.outputs[0]) != op:
        return None
    before = site.graph.producers.get(image.id)
    if before is not None and site.reader(image.id) == expand and _is_ours(before):
        return _Swap((before, expand, op, reshape), _RESIZE, site.input(before), output, wanted[1:3])
    return _Swap((expand, op, reshape), _RESIZE, image, output, wanted[1:3])


def _is_ours(op: Op) -> bool:
    return op.name == _RESIZE and op.options == _MADE[_RESIZE][0]


def _copied(site: Site, op: Op, copies: tuple[int, ...]) -> _Swap | None:
    source, output = site.input(op), site.output(op)
    axes = [axis for axis, count in enumerate(copies) if count != 1]
    if len(copies) <= _MOST_AXES and all(source.shape[axis] == 1 for axis in axes):
        return _Swap((op,), "BROADCAST_TO", source, output, output.shape)
    if len(axes) == 1 and copies[axes[0]] <= _MOST_JOINED:
        return _Swap((op,), "CONCATENATION", source, output, axis=axes[0], copies=copies[axes[0]])
    return None


def _made(editor: Editor, swap: _Swap, graph: int) -> Op:
    if swap.copies:
        options = Options("ConcatenationOptions", (("axis", swap.axis), ("fused_activation_function", 0)))
        joined: list[TensorId | None] = [swap.source.id] * swap.copies
        return editor.make_op("CONCATENATION", joined, [swap.output.id], options, version=3)
    options, version = _MADE[swap.name]
    size = editor.add_constant(f"{swap.output.name}/size", np.array(swap.shape, np.int32), graph=graph)
    return editor.make_op(swap.name, [swap.source.id, size], [swap.output.id], options, version=version)
