"""Whatever a data file holds, it becomes samples or one line of explanation."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arenafit.errors import DataError
from arenafit.quantize import load_calibration
from support.one_op import f32, one_op

MODEL = one_op("RELU", [f32(1, 4)], [f32(1, 4)])
GOOD = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)


def _saved(compressed: bool | None) -> bytes:
    buffer = io.BytesIO()
    if compressed is None:
        np.save(buffer, GOOD)
    elif compressed:
        np.savez_compressed(buffer, x=GOOD)
    else:
        np.savez(buffer, x=GOOD)
    return buffer.getvalue()


FILES = {".npy": [_saved(None)], ".npz": [_saved(False), _saved(True)]}


def _loads_or_explains(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        samples = load_calibration(str(path), MODEL)
    except DataError as error:
        assert str(path) in str(error)  # noqa: PT017 - either way out is right, this one must name the file
    else:
        assert samples.arrays[0].shape[1:] == (1, 4)


@pytest.mark.parametrize("suffix", FILES)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_changed_bytes(tmp_path: Path, suffix: str, data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(FILES[suffix])))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    _loads_or_explains(tmp_path / f"data{suffix}", bytes(content))


@pytest.mark.parametrize("suffix", FILES)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_cut_files(tmp_path: Path, suffix: str, data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(FILES[suffix]))
    _loads_or_explains(tmp_path / f"data{suffix}", content[: data.draw(st.integers(0, len(content)))])


@pytest.mark.parametrize("shape", ["(1000000000000, 4)", "(9, 4, 1000000000000000000000)", "(-9, 4)", "('a',)"])
def test_impossible_shapes(tmp_path: Path, shape: str) -> None:
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(10 + len(header) + 1) % 64) + b"\n"
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(144)
    with pytest.raises(DataError):
        load_calibration(str(_written(tmp_path / "data.npy", content)), MODEL)


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
