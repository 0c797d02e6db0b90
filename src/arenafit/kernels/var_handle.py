"""VAR_HANDLE: its output points at the resource id in the operator's data and so takes no space in the head.

Mirrors tensorflow/lite/micro/kernels/var_handle.cc and micro_resource_variable.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import outputs
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.targets.abi import INT32, POINTER, struct


def _prepare(requests: Requests) -> None:
    output = requests.needed_output(0)
    key = (requests.option("container") or "", requests.option("shared_name") or "")
    known = requests.state.variable_ids
    requests.state.handles[output.id] = known.setdefault(key, len(known))
    requests.state.bound.add(output.id)


KERNEL = Kernel(
    "VAR_HANDLE",
    KernelMemory(init=struct(INT32), prepare=_prepare, source="var_handle.cc"),
    builtin=struct(POINTER, POINTER),
    conditions=(outputs(1),),
)
