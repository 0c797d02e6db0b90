"""SLICE: TFLM copies element by element (kernels/internal/reference/slice.h of tflite-micro 90b983c2)."""

from math import prod

from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Values, output_bytes


def _sizes(site: OpContext) -> tuple[int, ...] | None:
    """Return what is cut out. TFLM takes it from the size operand and never looks at the output's shape."""
    source, begin, sizes = site.operand(0), site.constant_ints(1), site.constant_ints(2)
    if sizes is None:
        return None
    if -1 not in sizes:
        return sizes
    if begin is None:
        return None
    rest = (extent - at for extent, at in zip(source.shape, begin, strict=True))
    return tuple(left if size == -1 else size for size, left in zip(sizes, rest, strict=True))


def _work(site: OpContext) -> KernelWork:
    shape = _sizes(site)
    if shape is None:
        shape = site.outputs[0].shape
    terms = {"element": prod(shape), "run": prod(shape[:-1]), "row": prod(shape[:-2]), "call": 1}
    return KernelWork("SLICE", terms)


def _evaluate(_: OpContext, values: Values) -> list[Array] | None:
    source, begin, sizes = values
    if source is None or begin is None or sizes is None:
        return None
    cuts = [
        (int(at), extent - int(at) if size == -1 else int(size))
        for at, size, extent in zip(begin.ravel(), sizes.ravel(), source.shape, strict=True)
    ]
    if any(at < 0 or size < 0 or at + size > extent for (at, size), extent in zip(cuts, source.shape, strict=True)):
        return None  # TFLM would read beyond the tensor
    return [source[tuple(slice(at, at + size) for at, size in cuts)]]


COST = OpCost(("SLICE",), _work, copied_bytes=output_bytes, evaluate=_evaluate)
