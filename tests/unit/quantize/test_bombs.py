"""Archives of samples that are small on disk and large in memory are refused before anything is unpacked."""

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from arenafit.accuracy.sources import MOST_TRAINING_BYTES, MOST_UNPACKED_BYTES, find
from arenafit.errors import DataError

_CENTRAL, _UNPACKED_AT = b"PK\x01\x02", 24


def npy_header(shape: tuple[int, ...]) -> bytes:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return header.getvalue()


def bomb(path: Path, unpacked_bytes: int) -> Path:
    """Write a megabyte of packed zeros that declares to unpack to so many bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("x.npy", npy_header((unpacked_bytes // 4,)) + bytes(1 << 20))
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.index(_CENTRAL) + _UNPACKED_AT, unpacked_bytes)
    path.write_bytes(data)
    return path


def test_a_megabyte_that_declares_gigabytes_of_zeros_is_refused_and_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object, **__: object) -> None:
        raise AssertionError("it was loaded")

    monkeypatch.setattr("arenafit.accuracy.sources.np.load", load)
    declared = 3 << 30
    with pytest.raises(DataError, match=rf"unpacks to {declared:,} bytes; at most {MOST_UNPACKED_BYTES:,}"):
        find(str(bomb(tmp_path / "bomb.npz", declared)))


def test_half_a_gigabyte_is_the_most_but_models_are_trained_on_more(tmp_path: Path) -> None:
    path = bomb(tmp_path / "large.npz", (1 << 29) + 4)
    with pytest.raises(DataError, match="at most 536,870,912 are read"):
        find(str(path))
    with pytest.raises(DataError, match="cannot be read as an archive"):  # read it is, and ends too soon
        find(str(path), most_bytes=MOST_TRAINING_BYTES)


def test_many_members_count_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "many.npz"
    arrays: dict[str, Any] = {f"x{index}": np.zeros(100, np.float32) for index in range(10)}
    np.savez(path, **arrays)
    assert len(find(str(path)).named) == 10
    monkeypatch.setattr("arenafit.accuracy.sources.MOST_UNPACKED_BYTES", 4000)
    with pytest.raises(DataError, match="unpacks to"):
        find(str(path))


def test_a_plain_array_is_held_to_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plain.npy"
    np.save(path, np.zeros(100, np.float32))
    size = path.stat().st_size
    monkeypatch.setattr("arenafit.accuracy.sources.MOST_UNPACKED_BYTES", size)
    assert len(find(str(path)).ordered) == 1
    monkeypatch.setattr("arenafit.accuracy.sources.MOST_UNPACKED_BYTES", size - 1)
    with pytest.raises(DataError, match=rf"plain.npy: holds {size} bytes; at most {size - 1} are read, give fewer"):
        find(str(path))


@pytest.mark.parametrize("inner", ["", "x"])
def test_files_of_a_folder_count_together(inner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / inner
    folder.mkdir(exist_ok=True)
    for index in range(3):
        np.save(folder / f"s{index}.npy", np.zeros(100, np.float32))
    most = sum(entry.stat().st_size for entry in folder.iterdir())
    assert find(str(tmp_path), most_bytes=most)
    with pytest.raises(DataError, match=rf"its files hold {most:,} bytes; at most {most - 1:,} are read"):
        find(str(tmp_path), most_bytes=most - 1)


@pytest.mark.parametrize("suffix", [".npz", ".npy"])
def test_an_array_that_claims_more_than_its_file_holds_is_refused(suffix: str, tmp_path: Path) -> None:
    path, data = tmp_path / f"claims{suffix}", npy_header((1 << 50,)) + bytes(64)
    if suffix == ".npy":
        path.write_bytes(data)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x.npy", data)
    with pytest.raises(DataError, match="cannot be read"):
        find(str(path))
