import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from arenafit.runtime.wire import BrokenFrameError, pack, parts_of, unpack

dtypes = st.sampled_from(["int8", "uint8", "int16", "int32", "int64", "float32", "float64", "bool"])
headers = st.dictionaries(st.text(max_size=5).filter(lambda key: key != "arrays"), st.integers() | st.text(max_size=5))


@given(headers, st.lists(dtypes.flatmap(lambda dtype: arrays(dtype, array_shapes(min_dims=0, min_side=0))), max_size=3))
def test_what_is_packed_is_unpacked(header: dict[str, object], sent: list[np.ndarray]) -> None:
    stream = io.BytesIO(pack(header, sent) * 2)

    for _ in range(2):
        frame = unpack(stream.read)
        assert frame is not None
        assert frame[0] == header
        for array, came in zip(sent, frame[1], strict=True):
            assert (array.dtype, array.shape) == (came.dtype, came.shape)
            assert array.tobytes() == came.tobytes()
    assert unpack(stream.read) is None


def test_large_arrays_are_not_copied_on_their_way() -> None:
    sent = np.arange(12, dtype=np.float32).reshape(3, 4)
    head, payload = parts_of({"a": 1}, [sent])
    assert np.shares_memory(np.frombuffer(payload, np.float32), sent)
    content = memoryview(bytes(head) + bytes(payload))
    places = iter(range(3))
    frame = unpack(lambda count: _cut(content, count, next(places)))
    assert frame is not None
    assert np.shares_memory(frame[1][0], np.frombuffer(content, np.uint8))


def _cut(content: memoryview, count: int, number: int) -> memoryview:
    """Return the prefix, the header or the payload of a frame."""
    start = (0, 16, len(content) - count)[number]
    return content[start : start + count]


def test_a_cut_or_foreign_stream_is_a_broken_frame() -> None:
    frame = pack({"a": 1}, [np.zeros(3)])

    for length in range(1, len(frame)):
        with pytest.raises(BrokenFrameError):
            unpack(io.BytesIO(frame[:length]).read)
    with pytest.raises(BrokenFrameError):
        unpack(io.BytesIO(b"hello, this is no frame at all").read)
