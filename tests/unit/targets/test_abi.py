"""Structure sizes against those that compilers gave: arm-none-eabi, and 32-bit with 4-byte enums in parentheses."""

import pytest

from arenafit.targets import abi
from arenafit.targets.abi import BOOL, DOUBLE, ENUM, INT, INT8, INT16, POINTER, StructLayout, array, struct
from arenafit.targets.target import Abi

MEASURED_32_BIT = [
    ("TFLITE_EVAL_TENSOR", 12, 12),
    ("TFLITE_TENSOR", 32, 40),
    ("TFLITE_QUANTIZATION", 8, 8),
    ("TFLITE_QUANTIZATION_PARAMS", 8, 8),
    ("TFLITE_AFFINE_QUANTIZATION", 12, 12),
    ("TFLITE_NODE", 28, 28),
    ("NODE_AND_REGISTRATION", 32, 32),
    ("ALLOCATION_INFO", 24, 24),
    ("SCRATCH_BUFFER_HANDLE", 4, 4),
    ("SCRATCH_BUFFER_REQUEST", 12, 12),
    ("SUBGRAPH_ALLOCATIONS", 8, 8),
    ("GREEDY_MEMORY_PLANNER", 44, 44),
    ("GREEDY_BUFFER_REQUIREMENTS", 16, 16),
    ("GREEDY_LIST_ENTRY", 12, 12),
    ("GREEDY_PER_BUFFER", 40, 40),
    ("SINGLE_ARENA_BUFFER_ALLOCATOR", 36, 36),
    ("RECORDING_SINGLE_ARENA_BUFFER_ALLOCATOR", 52, 52),
    ("MICRO_ALLOCATOR", 36, 36),
    ("RECORDING_MICRO_ALLOCATOR", 124, 124),
    ("MICRO_BUILTIN_DATA_ALLOCATOR", 8, 8),
    ("MICRO_RESOURCE_VARIABLES", 12, 12),
    ("MICRO_RESOURCE_VARIABLE", 20, 20),
]


@pytest.mark.parametrize(("name", "ilp32", "int_enums"), MEASURED_32_BIT)
def test_sizes_are_those_that_compilers_give(name: str, ilp32: int, int_enums: int) -> None:
    layout: StructLayout = getattr(abi, name)

    assert (layout.size_bytes(Abi.ILP32), layout.size_bytes(Abi.ILP32_INT_ENUMS)) == (ilp32, int_enums)


def test_the_tensors_of_the_wheel() -> None:
    assert abi.TFLITE_EVAL_TENSOR.size_bytes(Abi.LP64) == 24
    assert abi.TFLITE_TENSOR.size_bytes(Abi.LP64) == 64
    assert abi.NODE_AND_REGISTRATION.size_bytes(Abi.LP64) == 64


def test_a_struct_is_padded_to_its_widest_member() -> None:
    layout = struct(INT8, POINTER, BOOL)

    assert [layout.size_bytes(model) for model in Abi] == [24, 12, 12]
    assert [layout.alignment_bytes(model) for model in Abi] == [8, 4, 4]


def test_enums_tell_the_two_32_bit_models_apart() -> None:
    layout = struct(ENUM, ENUM, BOOL, BOOL, ENUM)

    assert [(layout.size_bytes(model), layout.alignment_bytes(model)) for model in Abi] == [(16, 4), (5, 1), (16, 4)]


def test_eight_byte_scalars_are_aligned_to_eight_everywhere() -> None:
    assert {struct(INT, DOUBLE).size_bytes(model) for model in Abi} == {16}


def test_nested_structs_keep_their_padding() -> None:
    inner = struct(array(INT16, 3))

    assert struct(inner, INT).size_bytes(Abi.ILP32) == 12
    assert array(inner, 2).size_bytes(Abi.ILP32) == 12


def test_an_int_array_counts_itself() -> None:
    assert abi.int_array_size_bytes(4) == 20
