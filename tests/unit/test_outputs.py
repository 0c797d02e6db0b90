"""Where results go: nothing is replaced that is no regular file, nothing that is read; nothing is half done."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from arenafit.errors import OutputError
from arenafit.export.write import write_files
from arenafit.outputs import check_outputs, save_all, save_bytes

needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")


def refused(*written: Path | None, read: tuple[Path | str | None, ...] = ()) -> str:
    with pytest.raises(OutputError) as caught:
        check_outputs(written, read)
    return str(caught.value)


@needs_pipes
@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path, linked: bool) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    received: list[bytes] = []
    # Opened for reading and writing, the pipe has a reader from here on.
    descriptor = os.open(pipe, os.O_RDWR)
    reader = threading.Thread(target=lambda: received.append(os.read(descriptor, 100)))
    reader.start()
    save_bytes(b"model", tmp_path / "link" if linked else pipe)
    reader.join()
    os.close(descriptor)

    assert received == [b"model"]
    assert pipe.is_fifo()


@needs_pipes
def test_a_pipe_that_nobody_reads_is_no_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(OutputError, match="nobody reads"):
        save_bytes(b"model", tmp_path / "pipe")


@pytest.mark.skipif(not Path("/dev/null").is_char_device(), reason="this system has no /dev/null")
def test_a_device_is_written_to_and_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/dev/null")
    for path in (Path("/dev/null"), tmp_path / "link"):
        save_bytes(b"model", path)

    assert Path("/dev/null").is_char_device()
    assert (tmp_path / "link").is_symlink()
    # Two outputs may both go nowhere.
    check_outputs([Path("/dev/null"), Path("/dev/null")])


def test_a_dash_is_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    command = "from arenafit.outputs import *; print('first'); save_bytes(bytes([0, 255, 10]), STDOUT)"
    ended = subprocess.run([sys.executable, "-c", command], stdout=subprocess.PIPE, check=True)

    assert ended.stdout == b"first\n\x00\xff\n"
    assert not Path("-").exists()


def test_links_that_lead_to_each_other_are_no_output(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")

    assert "cannot be written" in refused(tmp_path / "a")
    with pytest.raises(OutputError):
        save_bytes(b"", tmp_path / "a")


@pytest.mark.parametrize("name", ["x" * 300, "nul\0"])
def test_names_that_no_file_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError):
        save_bytes(b"", tmp_path / name)


def test_the_longest_name_there_is_can_be_written(tmp_path: Path) -> None:
    save_bytes(b"x", tmp_path / ("n" * 255))

    assert [len(path.name) for path in tmp_path.iterdir()] == [255]


def test_no_output_is_an_input(tmp_path: Path) -> None:
    (tmp_path / "model").touch()
    (tmp_path / "link").symlink_to(tmp_path / "model")
    (tmp_path / "hard").hardlink_to(tmp_path / "model")
    folder = tmp_path / "samples"
    folder.mkdir()
    (folder / "one.npy").touch()

    for path in (tmp_path / "model", tmp_path / "link", tmp_path / "hard", folder / ".." / "model"):
        assert "is an input" in refused(path, read=(tmp_path / "model",))
    assert "is an input" in refused(tmp_path / "new", folder / "one.npy", read=(str(folder),))
    # A new file may lie in a folder that is read, and be called as nothing there is.
    check_outputs([folder / "two.npy", None], [folder, "module:function", None])


def test_no_output_is_another_output(tmp_path: Path) -> None:
    (tmp_path / "old").touch()
    (tmp_path / "link").symlink_to(tmp_path / "old")

    assert "two outputs" in refused(tmp_path / "new", tmp_path / "new")
    assert "two outputs" in refused(tmp_path / "old", tmp_path / "link")
    assert "two outputs" in refused(Path("-"), Path("-"))


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    save = (
        "import os, signal, sys; from pathlib import Path; from arenafit import outputs\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "outputs.save_bytes(b'x' * 1000, Path(sys.argv[1]) / 'model.tflite')"
    )
    for _ in range(3):
        subprocess.run([sys.executable, "-c", save, str(tmp_path)], check=False)
    (tmp_path / f".model.tflite.{os.getpid()}-00000000.part").touch()  # of a process that lives
    (tmp_path / ".other.tflite.1-00000000.part").touch()  # of another output
    left = {path.name for path in tmp_path.iterdir()}
    assert len(left) == 3  # each run but the last was cleaned up after by the next
    save_bytes(b"y", tmp_path / "model.tflite")

    assert {path.name for path in tmp_path.iterdir()} == {
        "model.tflite",
        f".model.tflite.{os.getpid()}-00000000.part",
        ".other.tflite.1-00000000.part",
    }


def test_of_several_files_all_are_written_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "old").write_bytes(b"old")
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    wanted = {tmp_path / name: b"new" for name in ("old", "second", "third")}
    with pytest.raises(OutputError, match="third: cannot be written: No space left"):
        save_all(wanted)

    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"


def test_a_full_disk_leaves_nothing_of_an_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        write_files({"a.h": "a", "src/deep/b.h": "b", "c.h": "c"}, tmp_path / "new" / "folder")

    assert list(tmp_path.iterdir()) == []


def test_an_export_that_would_replace_its_input_makes_no_folder(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").touch()
    with pytest.raises(OutputError, match="is an input"):
        write_files({"src/a.h": "", "manifest.json": ""}, tmp_path, never=(tmp_path / "manifest.json",))

    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]
