"""VAR_HANDLE, ASSIGN_VARIABLE and READ_VARIABLE: a memcpy of the variable for each assignment and each read.

Mirrors micro/kernels/{var_handle,assign_variable,read_variable}.cc of tflite-micro 90b983c2.
"""

from arenafit.costs.memcpy import memcpy
from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost


def _size_bytes(site: OpContext) -> int:
    if site.op.name == "ASSIGN_VARIABLE":
        return site.operand(1).size_bytes
    return site.outputs[0].size_bytes if site.op.name == "READ_VARIABLE" else 0


def _work(site: OpContext) -> KernelWork:
    size_bytes = _size_bytes(site)
    copied = memcpy(size_bytes, site.core) if size_bytes else 0
    handle = site.op.name == "VAR_HANDLE"
    return KernelWork("resource variable", {"memcpy": copied, "handle": int(handle), "transfer": int(not handle)})


COST = OpCost(("VAR_HANDLE", "ASSIGN_VARIABLE", "READ_VARIABLE"), _work, copied_bytes=_size_bytes)
