"""RESHAPE: the output's dimensions are copied to the tail only where one of them is to be found out.

Mirrors tensorflow/lite/micro/kernels/reshape_common.cc (commit 90b983c2 of 2026-08-20).
"""

from math import prod

from arenafit.kernels._extents import copied
from arenafit.kernels.conditions import inputs, outputs
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.sharing import Sharing, same_bytes
from arenafit.targets.abi import INT, INT32, array, struct


def _prepare(requests: Requests) -> None:
    requests.temps(0)
    input_, output = requests.needed_input(0), requests.needed_output(0)
    shape = requests.shape(output)
    if len(requests.op.inputs) == 1 and shape == (0,):
        # A scalar as old models write it.
        requests.state.shapes[output.id] = ()
    if -1 not in shape:
        return
    known = prod(size for size in shape if size != -1)
    found = requests.elements(input_) // known if known else 0
    requests.writable_output_dims(0, tuple(found if size == -1 else size for size in shape))


KERNEL = Kernel(
    "RESHAPE",
    KernelMemory(prepare=_prepare, source="reshape.cc"),
    builtin=struct(array(INT32, 8), INT),
    sharing=Sharing("copies nothing where both have one address", same_bytes()),
    conditions=(
        inputs(1, 2),
        outputs(1),
        copied(0),
    ),
)
