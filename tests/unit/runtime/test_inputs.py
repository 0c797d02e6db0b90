import numpy as np
import pytest

from arenafit.errors import DataError
from arenafit.runtime import TensorDetails, input_sets

IMAGE = TensorDetails("image", (1, 8, 8, 3), "int8", (0.5,), (-7,))
VECTOR = TensorDetails("vector", (4,), "float32")
INDEX = TensorDetails("index", (), "int64")
FLAG = TensorDetails("flag", (16,), "bool")


def test_the_same_seed_gives_the_same_inputs_and_another_gives_others() -> None:
    first, again, other = (input_sets([IMAGE, VECTOR], 3, seed) for seed in (1, 1, 2))

    for batch, same in zip(first, again, strict=True):
        for array, equal in zip(batch, same, strict=True):
            np.testing.assert_array_equal(array, equal)
    assert (first[0][0] != other[0][0]).any()


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "int64", "uint32", "uint64", "float32", "float16", "float64", "bool", "complex64"])  # fmt: skip  # noqa: E501 - a list of dtypes
def test_every_dtype_and_shape_is_met(dtype: str) -> None:
    for shape in ((2, 3), (), (0, 4)):
        sets = input_sets([TensorDetails("x", shape, dtype)], 4)

        assert [array.dtype.name for (array,) in sets] == [dtype] * 4
        assert [array.shape for (array,) in sets] == [shape] * 4


def test_extremes_come_last_and_are_the_ends_of_the_range() -> None:
    random, low, high, zero = (batch[0] for batch in input_sets([IMAGE], 4))

    assert len(np.unique(random)) > 20
    assert [array.min() for array in (low, high, zero)] == [-128, 127, -7]
    assert [array.max() for array in (low, high, zero)] == [-128, 127, -7]


def test_few_sets_are_random_before_they_are_extreme() -> None:
    (only,) = input_sets([IMAGE], 1)

    assert len(np.unique(only[0])) > 20


def test_random_floats_and_indices_keep_to_their_stated_ranges() -> None:
    for vector, index, flag in input_sets([VECTOR, INDEX, FLAG], 50, kinds=("random",)):
        assert np.abs(vector).max() <= 1
        assert 0 <= index < 4
        assert flag.dtype == bool


def test_what_cannot_be_made_is_said() -> None:
    with pytest.raises(DataError, match="choose from random, min, max, zero"):
        input_sets([IMAGE], 1, kinds=("gaussian",))
    with pytest.raises(DataError, match="'words' holds"):
        input_sets([TensorDetails("words", (1,), "str")], 1)
