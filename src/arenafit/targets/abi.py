"""How big TFLM's C and C++ structures are on each data model: field lists from its headers, laid out as compilers do.

LP64 is the x86-64 wheel. ILP32 is arm-none-eabi, whose enums take one byte where their values fit (AAPCS).
ILP32_INT_ENUMS has 4-byte enums: Xtensa, RISC-V. In both 32-bit models 8-byte scalars are 8-aligned.
Headers: tensorflow/lite/c/common.h with TF_LITE_STATIC_MEMORY, tensorflow/lite/micro/*.h (commit 90b983c2 of
2026-08-20).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from arenafit.targets.target import Abi
from arenafit.units import align_up


@dataclass(frozen=True, slots=True)
class StructLayout:
    """Size and alignment in bytes of a C type on each data model."""

    sizes_bytes: Mapping[Abi, int]
    alignments_bytes: Mapping[Abi, int]

    def size_bytes(self, abi: Abi) -> int:
        """What sizeof gives."""
        return self.sizes_bytes[abi]

    def alignment_bytes(self, abi: Abi) -> int:
        """What alignof gives."""
        return self.alignments_bytes[abi]


def _scalar(lp64: int, ilp32: int, int_enums: int) -> StructLayout:
    sizes = {Abi.LP64: lp64, Abi.ILP32: ilp32, Abi.ILP32_INT_ENUMS: int_enums}
    return StructLayout(sizes, sizes)


BOOL = INT8 = UINT8 = _scalar(1, 1, 1)
INT16 = _scalar(2, 2, 2)
INT32 = INT = FLOAT = _scalar(4, 4, 4)
INT64 = DOUBLE = _scalar(8, 8, 8)
POINTER = SIZE = _scalar(8, 4, 4)
ENUM = _scalar(4, 1, 4)
UINT8_ENUM = UINT8  # an enum whose underlying type is declared


def struct(*fields: StructLayout) -> StructLayout:
    """Return the layout of a struct with these fields in order; a class with virtual functions begins with POINTER."""
    sizes, alignments = {}, {}
    for abi in Abi:
        size, alignment = 0, 1
        for field in fields:
            alignment = max(alignment, field.alignment_bytes(abi))
            size = align_up(size, field.alignment_bytes(abi)) + field.size_bytes(abi)
        sizes[abi], alignments[abi] = align_up(size, alignment), alignment
    return StructLayout(sizes, alignments)


def array(element: StructLayout, count: int) -> StructLayout:
    """Return the layout of an array inside a struct."""
    return StructLayout({abi: count * element.size_bytes(abi) for abi in Abi}, element.alignments_bytes)


def int_array_size_bytes(count: int) -> int:
    """Return the bytes of a TfLiteIntArray of `count` elements (TfLiteIntArrayGetSizeInBytes)."""
    return 4 + 4 * count


# tensorflow/lite/c/common.h
TFLITE_QUANTIZATION = struct(ENUM, POINTER)
TFLITE_QUANTIZATION_PARAMS = struct(FLOAT, INT32)
TFLITE_TENSOR = struct(TFLITE_QUANTIZATION, TFLITE_QUANTIZATION_PARAMS, POINTER, POINTER, SIZE, ENUM, ENUM, BOOL)
# Without TF_LITE_STATIC_MEMORY.
_DYNAMIC = (
    *(ENUM, POINTER, POINTER, TFLITE_QUANTIZATION_PARAMS, ENUM, SIZE, POINTER, POINTER, POINTER),
    *(INT, BOOL, BOOL, TFLITE_QUANTIZATION),
)
TFLITE_TENSOR_DYNAMIC = struct(*_DYNAMIC, POINTER, POINTER)
TFLITE_TENSOR_DYNAMIC_NEEDED = struct(*_DYNAMIC)
TFLITE_EVAL_TENSOR = struct(POINTER, POINTER, ENUM)
TFLITE_AFFINE_QUANTIZATION = struct(POINTER, POINTER, INT32)
TFLITE_INT_ARRAY = struct(INT)
TFLITE_NODE = struct(POINTER, POINTER, POINTER, POINTER, POINTER, POINTER, INT)
TFLITE_NODE_DYNAMIC = struct(array(POINTER, 7), INT, POINTER, BOOL)

# micro_allocator.h, micro_allocation_info.h
NODE_AND_REGISTRATION = struct(TFLITE_NODE, POINTER)
NODE_AND_REGISTRATION_DYNAMIC = struct(TFLITE_NODE_DYNAMIC, POINTER)
SCRATCH_BUFFER_REQUEST = struct(SIZE, INT, INT)
SCRATCH_BUFFER_HANDLE = struct(POINTER)
SUBGRAPH_ALLOCATIONS = struct(POINTER, POINTER)
SUBGRAPH_ALLOCATIONS_COMPRESSION = struct(POINTER, POINTER, POINTER)  # with USE_TFLM_COMPRESSION
ALLOCATION_INFO = struct(SIZE, POINTER, INT, INT, INT32, BOOL)
MICRO_ALLOCATOR = struct(POINTER, POINTER, POINTER, POINTER, POINTER, BOOL, SIZE, POINTER, SIZE)
MICRO_BUILTIN_DATA_ALLOCATOR = struct(POINTER, POINTER)

# recording_micro_allocator.h: the base class, a pointer and seven RecordedAllocation
RECORDED_ALLOCATION = struct(SIZE, SIZE, SIZE)
RECORDING_MICRO_ALLOCATOR = struct(MICRO_ALLOCATOR, POINTER, array(RECORDED_ALLOCATION, 7))
RECORDING_MICRO_ALLOCATOR_COMPRESSION = struct(MICRO_ALLOCATOR, POINTER, array(RECORDED_ALLOCATION, 8))

# arena_allocator/*.h: two bases with a virtual table each
SINGLE_ARENA_BUFFER_ALLOCATOR = struct(POINTER, POINTER, array(POINTER, 5), SIZE, INT)
RECORDING_SINGLE_ARENA_BUFFER_ALLOCATOR = struct(SINGLE_ARENA_BUFFER_ALLOCATOR, array(SIZE, 4))
PERSISTENT_ARENA_BUFFER_ALLOCATOR = struct(POINTER, array(POINTER, 3))
NON_PERSISTENT_ARENA_BUFFER_ALLOCATOR = struct(POINTER, array(POINTER, 4), POINTER, INT, BOOL)

# memory_planner/greedy_memory_planner.h
GREEDY_BUFFER_REQUIREMENTS = struct(INT, INT, INT, INT)
GREEDY_LIST_ENTRY = struct(INT, INT, INT)
GREEDY_MEMORY_PLANNER = struct(POINTER, INT, INT, array(POINTER, 4), INT, INT, POINTER, BOOL)
GREEDY_PER_BUFFER = struct(GREEDY_BUFFER_REQUIREMENTS, INT, INT, GREEDY_LIST_ENTRY, INT)

# micro_resource_variable.h
MICRO_RESOURCE_VARIABLES = struct(POINTER, INT, INT)
MICRO_RESOURCE_VARIABLE = struct(POINTER, POINTER, POINTER, SIZE, INT8)
