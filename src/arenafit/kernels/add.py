"""ADD: OpDataAdd kept; the CMSIS-NN kernel keeps the same.

Mirrors tensorflow/lite/micro/kernels/add.cc, add_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels import _esp_nn
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import BOOL, ENUM, FLOAT, INT, array, struct
from arenafit.targets.libraries import ESP_NN_S3

KERNEL = Kernel(
    "ADD",
    KernelMemory(init=struct(BOOL, array(INT, 12), FLOAT, FLOAT), prepare=temps(0, 1), source="add.cc, add_common.cc"),
    builtin=struct(ENUM, BOOL),
    aligned={ESP_NN_S3: _esp_nn.always},
    sharing=Sharing("one pass, each block read before it is written: reference, CMSIS-NN, ESP-NN", elementwise(0, 1)),
)
