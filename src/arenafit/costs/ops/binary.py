"""ADD, SUB and MUL of two tensors: TFLM's reference loops, CMSIS-NN's int8 ones for equal shapes (ADD, MUL).

Mirrors micro/kernels/{add,sub,mul}.cc and cmsis_nn/{add,mul}.cc of tflite-micro 90b983c2. Which test decides for the
broadcasting loops differs: ADD and SUB of 32-bit types compare shapes with their ranks, the others without.
"""

from collections.abc import Callable

import numpy as np

from arenafit.costs.ops import _elementwise as elementwise
from arenafit.costs.ops._signs import never_negative
from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Uncovered, Values, unmeasured

_MEASURED = {"ADD": ("i8", "i16", "i32", "f32"), "SUB": ("i8", "i16", "i32", "f32"), "MUL": ("i8", "i16", "i32", "f32")}


def _broadcasts(site: OpContext) -> bool:
    first, second = site.operand(0), site.operand(1)
    if site.op.name != "MUL" and site.tag not in ("i8", "i16"):
        return first.shape != second.shape
    return not elementwise.same_extended_shape(first, second)


def _work(site: OpContext) -> KernelWork | Uncovered:
    name, tag = site.op.name, site.tag
    if tag not in _MEASURED[name] or site.tags[1] != tag:
        return unmeasured(site, site.operand(0), site.operand(1))
    if not _broadcasts(site):
        return KernelWork(f"{name} {tag}", elementwise.plain(site))
    terms = elementwise.broadcast(site)
    return KernelWork(
        f"{name} {tag} broadcast", _by_sign(site, terms) if name == "MUL" and tag in ("i8", "i16") else terms
    )


def _by_sign(site: OpContext, terms: dict[str, float]) -> dict[str, float]:
    """Return the terms with products that are never negative, as of ReLU and a mask, apart from others."""
    signed = not (never_negative(site, 0) and never_negative(site, 1))
    kinds = ("element", "scalar_element")
    return {
        **{name: count for name, count in terms.items() if name not in kinds},
        **{name: terms[name] * signed for name in kinds},
        **{f"nonnegative_{name}": terms[name] * (not signed) for name in kinds},
    }


_FUNCTIONS: dict[str, Callable[[Array, Array], Array]] = {"ADD": np.add, "SUB": np.subtract, "MUL": np.multiply}


def _evaluate(site: OpContext, values: Values) -> list[Array] | None:
    first, second = values
    if first is None or second is None or first.dtype.kind != "i" or first.itemsize < 4:
        return None  # 8- and 16-bit operands are quantised
    return [_FUNCTIONS[site.op.name](first, second)]


COST = OpCost(("ADD", "SUB", "MUL"), _work, evaluate=_evaluate)
