"""Options of custom operators, against the reference writer of their format."""

from contextlib import suppress

import pytest
from flatbuffers import flexbuffers
from hypothesis import given
from hypothesis import strategies as st

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Graph, Op, OpCode, OpId
from arenafit.kernels._flexbuffers import custom_options, whole_number
from arenafit.kernels.protocol import PrepareState, Requests
from arenafit.targets.target import WHEEL

scalars = st.one_of(st.booleans(), st.integers(-(2**31), 2**31 - 1), st.none(), st.floats(width=32, allow_nan=False))
names = st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=12)


def requests(data: bytes | None) -> Requests:
    op = Op(OpId(0), OpCode("CUSTOM", 1, "Some"), (), (), custom_options=data)
    return Requests(op, Graph((), (op,), (), ()), WHEEL, PrepareState())


@given(st.dictionaries(names, scalars, min_size=1, max_size=8))
def test_maps_of_scalars_are_read_as_written(written: dict[str, bool | int | float | None]) -> None:
    assert custom_options(requests(bytes(flexbuffers.Dumps(written)))) == written


@given(st.binary(max_size=40))
def test_other_bytes_are_a_map_or_an_error_of_ours(data: bytes) -> None:
    with suppress(UnsupportedModelError):
        assert isinstance(custom_options(requests(data)), dict)


def test_bytes_that_are_no_map_are_an_error_that_names_the_operator() -> None:
    with pytest.raises(UnsupportedModelError, match="Some"):
        custom_options(requests(b"no map at all"))


def test_no_options_are_an_empty_map() -> None:
    assert custom_options(requests(None)) == {}


@pytest.mark.parametrize("value", [-1, None, 1.5])
def test_a_size_must_be_a_whole_number(value: float | None) -> None:
    data = bytes(flexbuffers.Dumps({"frame_size": value, "other": 1}))

    with pytest.raises(UnsupportedModelError, match="frame_size"):
        whole_number(requests(data), "frame_size")
