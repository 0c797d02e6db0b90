"""RESHAPE and SQUEEZE: a memcpy, skipped where the output lies on the input (micro/kernels/reshape.cc, 90b983c2)."""

from arenafit.costs.memcpy import memcpy
from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Values


def _in_place(site: OpContext) -> bool:
    return site.shares_memory(site.operand(0).id, site.outputs[0].id)


def _work(site: OpContext) -> KernelWork:
    source = site.operand(0)
    if _in_place(site):
        return KernelWork(f"{site.op.name} in place", {"call": 1})
    return KernelWork(
        site.op.name, {"memcpy": memcpy(source.size_bytes, site.core), "rank": len(source.shape), "call": 1}
    )


def _copied_bytes(site: OpContext) -> int:
    return 0 if _in_place(site) else site.outputs[0].size_bytes


def _evaluate(site: OpContext, values: Values) -> list[Array] | None:
    return None if values[0] is None else [values[0].reshape(site.outputs[0].shape)]


COST = OpCost(("RESHAPE", "SQUEEZE"), _work, copied_bytes=_copied_bytes, evaluate=_evaluate)
