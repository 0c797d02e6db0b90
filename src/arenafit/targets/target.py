"""A Target: what the model shall run on, as far as memory and time depend on it."""

from dataclasses import dataclass
from enum import Enum

from arenafit.targets.libraries import (
    CMSIS_NN,
    CMSIS_NN_DSP,
    CMSIS_NN_MVE,
    ESP_NN,
    ESP_NN_P4,
    ESP_NN_S3,
    REFERENCE,
    KernelLibrary,
)


class Abi(Enum):
    """Data model of the compiler. 32-bit is two: Arm's 1-byte enums, and 4-byte enums (Xtensa, RISC-V, i386)."""

    LP64 = "lp64"  # the PyPI wheel on x86-64
    ILP32 = "ilp32"  # arm-none-eabi
    ILP32_INT_ENUMS = "ilp32-int-enums"

    # Members are singletons; hashing their names would show in every lookup of a structure's size.
    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Target:
    """What memory and time depend on. `tflm`: month or day of the TFLM build, text that orders (see targets/tflm.py).

    `recording`: whether its allocator is RecordingMicroAllocator, whose objects are larger; the wheel's always is.
    `compression`: whether TFLM is built with USE_TFLM_COMPRESSION, which enlarges some structures; the wheel is.
    `static_memory`: whether it is built with TF_LITE_STATIC_MEMORY, as by its Makefile; wheels before 2024-12 are not.
    """

    name: str
    abi: Abi
    kernels: KernelLibrary
    tflm: str = "2026-08"
    flash_bytes: int | None = None
    recording: bool = False
    compression: bool = False
    static_memory: bool = True


WHEEL = Target("wheel", Abi.LP64, REFERENCE, tflm="2026-10", recording=True, compression=True)
CORTEX_M4 = Target("cortex-m4", Abi.ILP32, CMSIS_NN_DSP)
CORTEX_M4_REFERENCE = Target("cortex-m4-reference", Abi.ILP32, REFERENCE)
CORTEX_M55 = Target("cortex-m55", Abi.ILP32, CMSIS_NN_MVE)
CORTEX_M0_PLUS = Target("cortex-m0plus", Abi.ILP32, CMSIS_NN)
ESP32 = Target("esp32", Abi.ILP32_INT_ENUMS, ESP_NN)
ESP32_S3 = Target("esp32-s3", Abi.ILP32_INT_ENUMS, ESP_NN_S3)
ESP32_P4 = Target("esp32-p4", Abi.ILP32_INT_ENUMS, ESP_NN_P4)
GENERIC_32_BIT = Target("ilp32-int-enums-reference", Abi.ILP32_INT_ENUMS, REFERENCE)
# Chips that ESPHome's builds run on, with the kernels of each.
ESP_CHIPS = (ESP32, ESP32_S3, ESP32_P4)
