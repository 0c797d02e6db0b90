from typing import Any

import numpy as np

from arenafit.runtime import Outputs, RuntimeId, TensorDetails, first_difference

ID = RuntimeId("test", "1", "none", "none")


def outputs(*batches: tuple[Any, ...]) -> Outputs:
    details = tuple(TensorDetails(f"y{j}", array.shape, array.dtype.name) for j, array in enumerate(batches[0]))
    return Outputs("0" * 64, ID, (), details, batches)


def test_equal_bits_are_equal_and_a_nan_equals_itself() -> None:
    values = np.array([np.nan, np.inf, -0.0, 1.5], np.float32)

    assert first_difference(outputs((values,)), outputs((values.copy(),))) is None


def test_a_nan_of_other_bits_and_a_zero_of_another_sign_differ() -> None:
    nan, other_nan = np.array([0x7FC00000, 0x7FC00001], np.uint32).view(np.float32)[:, None]

    found = first_difference(outputs((nan,)), outputs((other_nan,)))
    assert found is not None
    assert (found.index, found.expected, found.actual) == ((0,), "nan (bits 7fc00000)", "nan (bits 7fc00001)")
    assert first_difference(outputs((np.array([0.0]),)), outputs((np.array([-0.0]),))) is not None


def test_the_first_of_all_differences_is_told() -> None:
    good = np.zeros((2, 3), np.int8)
    bad = good.copy()
    bad[1, 0] = bad[1, 2] = 5

    found = first_difference(outputs((good, good), (good, good)), outputs((good, good), (good, bad)))

    assert found is not None
    assert (found.batch, found.output, found.index, found.expected, found.actual) == (1, 1, (1, 0), "0", "5")
    assert str(found) == "output 1 ('y1') of invocation 1 at [1, 0]: expected 0, got 5 (2 of 6 elements differ)"


def test_other_shapes_dtypes_and_counts_are_differences() -> None:
    one = np.zeros(4, np.int8)

    assert "int8 [4], got int8 [2, 2]" in str(first_difference(outputs((one,)), outputs((one.reshape(2, 2),))))
    assert "int8 [4], got uint8 [4]" in str(first_difference(outputs((one,)), outputs((one.astype(np.uint8),))))
    assert "1 invocations" in str(first_difference(outputs((one,)), outputs((one,), (one,))))


def test_scalars_compare_too() -> None:
    found = first_difference(outputs((np.array(1, np.int32),)), outputs((np.array(2, np.int32),)))

    assert found is not None
    assert (found.index, found.expected, found.actual) == ((), "1", "2")
