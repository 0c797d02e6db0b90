"""ASSIGN_VARIABLE: the first one of a variable allocates the variable's buffer.

Mirrors tensorflow/lite/micro/kernels/assign_variable.cc and micro_resource_variable.cc (commit 90b983c2 of
2026-08-20): only a handle that VAR_HANDLE has bound is known at that time.
"""

from arenafit.kernels._variables import one_element
from arenafit.kernels.conditions import inputs, outputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.sizes import tensor_size_bytes
from arenafit.targets.abi import INT, struct


def _prepare(requests: Requests) -> None:
    value = requests.temp_input(1)
    handle = requests.input(0)
    variable = None if handle is None else requests.state.handles.get(handle.id)
    if value is None or variable is None or variable in requests.state.variables_bytes:
        return
    size_bytes = tensor_size_bytes(value, requests.shape(value))
    requests.state.variables_bytes[variable] = size_bytes
    requests.persistent(size_bytes, "content of a resource variable")


KERNEL = Kernel(
    "ASSIGN_VARIABLE",
    KernelMemory(init_compression=struct(INT), prepare=_prepare, source="assign_variable.cc"),
    conditions=(
        inputs(2),
        outputs(0),
        typed("res|i32 - >"),
        one_element(0),
    ),
)
