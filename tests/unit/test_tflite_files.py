import os
from pathlib import Path

import pytest

from arenafit.errors import ArenafitError, ModelFormatError, OutputError, UnsupportedModelError
from arenafit.ir import Model
from arenafit.tflite import files, read_bytes, read_model, save_model, write_bytes
from support.small_models import while_loop


@pytest.fixture
def model() -> Model:
    return while_loop()


def complaint(path: Path) -> str:
    with pytest.raises(ArenafitError) as caught:
        read_model(path)
    assert isinstance(caught.value, ModelFormatError | UnsupportedModelError)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(str(path))
    return text.removeprefix(f"{path}: ")


def test_reading_what_is_not_there(tmp_path: Path) -> None:
    assert complaint(tmp_path / "none.tflite") == "there is no such file"


def test_reading_a_directory(tmp_path: Path) -> None:
    assert complaint(tmp_path) == "is a directory, not a .tflite model"


def test_reading_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.tflite"
    path.touch()
    assert complaint(path) == "the file is empty"


@pytest.mark.parametrize("content", [b"a", b"hello, this is text\n" * 20, b"TFL3TFL", bytes(4000)])
def test_reading_another_kind_of_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.tflite"
    path.write_bytes(content)
    assert "identifier TFL3" in complaint(path)


def test_reading_through_a_file_as_if_it_were_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert complaint(tmp_path / "file" / "model.tflite").startswith("cannot be read")


def test_reading_a_link_that_leads_to_itself(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert complaint(tmp_path / "loop").startswith("cannot be read")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_reading_a_pipe_that_nobody_writes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert complaint(tmp_path / "pipe") == "is not a regular file"


def test_reading_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.tflite"
    path.touch()

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    # Taking the permission away does not stop the superuser, whom continuous integration often runs as.
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert complaint(path) == "cannot be read: Permission denied"


def test_reading_a_file_too_large_for_the_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "huge.tflite"
    path.write_bytes(bytes(200))
    monkeypatch.setattr(files, "_LARGEST_FILE_BYTES", 100)
    assert complaint(path) == "has 200 bytes, a .tflite model at most 2 GiB"


def test_names_in_a_damaged_file_reach_the_terminal_harmless(model: Model) -> None:
    damaged = write_bytes(model).replace(b"value_before", b"\x1b[2J\nvalue_")
    shape = damaged.index((6).to_bytes(4, "little"))
    damaged = damaged[:shape] + (-6).to_bytes(4, "little", signed=True) + damaged[shape + 4 :]
    with pytest.raises(ModelFormatError) as caught:
        read_bytes(damaged)
    assert str(caught.value).isprintable()


def test_saving_and_reading_back(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "out.tflite"
    save_model(model, path)
    assert write_bytes(read_model(path)) == path.read_bytes() == write_bytes(model)
    assert list(tmp_path.iterdir()) == [path]


def test_saving_over_an_older_output_keeps_its_mode(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "out.tflite"
    path.write_bytes(b"old")
    path.chmod(0o640)
    save_model(model, path)
    assert path.read_bytes() == write_bytes(model)
    assert path.stat().st_mode & 0o777 == 0o640


def test_saving_follows_the_umask(tmp_path: Path, model: Model) -> None:
    before = os.umask(0o027)
    try:
        save_model(model, tmp_path / "out.tflite")
    finally:
        os.umask(before)
    assert (tmp_path / "out.tflite").stat().st_mode & 0o777 == 0o640


def refused(model: Model, path: Path, never: Path | None = None) -> str:
    with pytest.raises(OutputError) as caught:
        save_model(model, path, never=never)
    return str(caught.value)


def test_saving_to_a_directory(tmp_path: Path, model: Model) -> None:
    assert "is a directory" in refused(model, tmp_path)


def test_saving_into_a_directory_that_is_missing(tmp_path: Path, model: Model) -> None:
    assert "does not exist" in refused(model, tmp_path / "none" / "out.tflite")


@pytest.mark.parametrize("disguise", ["itself", "symlink", "hard link", "another spelling"])
def test_saving_never_touches_the_input(tmp_path: Path, model: Model, disguise: str) -> None:
    source = tmp_path / "in.tflite"
    source.write_bytes(b"input")
    link = tmp_path / "link.tflite"
    if disguise == "symlink":
        link.symlink_to(source)
    if disguise == "hard link":
        link.hardlink_to(source)
    (tmp_path / "sub").mkdir()
    targets = {"itself": source, "another spelling": tmp_path / "sub" / ".." / "in.tflite"}
    assert "is the input model" in refused(model, targets.get(disguise, link), source)
    assert source.read_bytes() == b"input"


def test_saving_through_a_link_replaces_the_file_it_leads_to(tmp_path: Path, model: Model) -> None:
    (tmp_path / "link.tflite").symlink_to(tmp_path / "real.tflite")
    save_model(model, tmp_path / "link.tflite", never=tmp_path / "in.tflite")
    assert (tmp_path / "link.tflite").is_symlink()
    assert (tmp_path / "real.tflite").read_bytes() == write_bytes(model)


def test_a_failed_save_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.tflite"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" in refused(model, path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
