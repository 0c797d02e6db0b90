"""The runner of parts in one arena: compiled as C++11, and run on a TFLM that notices what is not put back."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import arenafit
from arenafit.errors import ConfigError, DataError, UnsupportedModelError
from arenafit.export.parts import read_original, read_parts
from arenafit.fit.parts import part_model, waists
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import read_bytes
from arenafit.tflm import footprint
from support.cli import invoke
from support.compiling import STUBS, compile_all, real_headers
from support.models import conv_chain
from support.parts_runner import ran, three_parts, written
from support.small_models import svdf

FAKE = Path(__file__).parents[2] / "support" / "tflm_fake.cc"


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    return written(tmp_path / "parts", three_parts())


def test_the_runner_hands_over_frame_after_frame(parts: Path, tmp_path: Path) -> None:
    made = arenafit.export_parts(parts, tmp_path / "out")
    done = ran(FAKE, tmp_path / "out", made, tmp_path)
    assert (done.returncode, done.stdout) == (0, "")


def restore_first(text: str) -> str:
    move = re.search(r"    if \(part > 0\) std::memmove.*\n", text)
    restore = re.search(r"    std::memcpy\(tails_\[part\], images_.*\n", text)
    assert move is not None
    assert restore is not None
    return text.replace(restore[0], "").replace(move[0], restore[0] + move[0])


def never_restored(text: str) -> str:
    return re.sub(r"    std::memcpy\(tails_\[part\], images_.*\n", "", text)


def never_moved(text: str) -> str:
    return re.sub(r"    if \(part > 0\) std::memmove.*\n", "", text)


@pytest.mark.parametrize("spoil", [restore_first, never_restored, never_moved])
def test_a_runner_that_does_it_otherwise_is_noticed(spoil: Callable[[str], str], parts: Path, tmp_path: Path) -> None:
    made = arenafit.export_parts(parts, tmp_path / "out")
    runner = tmp_path / "out" / "parts_runner.cc"
    text = runner.read_text(encoding="utf-8")
    spoiled = spoil(text)
    assert spoiled != text
    runner.write_text(spoiled, encoding="utf-8")
    assert ran(FAKE, tmp_path / "out", made, tmp_path).returncode != 0


@pytest.mark.parametrize("real", [False, True])
def test_all_of_it_compiles(real: bool, parts: Path, tmp_path: Path) -> None:
    headers = real_headers() if real else [STUBS]
    arenafit.export_parts(parts / "parts.json", tmp_path / "out")
    sources = sorted((tmp_path / "out").glob("*.cc"))
    assert "usage.cc" in [path.name for path in sources]
    compile_all(sources, [tmp_path / "out"], headers)


def test_the_sizes_are_those_of_the_largest_part_and_of_all_tails(parts: Path, tmp_path: Path) -> None:
    made = arenafit.export_parts(parts, tmp_path / "out", margin_bytes=0)
    two = [footprint(read_bytes(part.content, "part"), CORTEX_M4).two_arenas for part in read_parts(parts)[1]]
    arena, images = made.arenas
    assert arena.size_bytes == arena.min_bytes == max(one.persistent_bytes + one.non_persistent_bytes for one in two)
    assert images.size_bytes == images.min_bytes == sum(one.persistent_bytes for one in two)
    header = (tmp_path / "out" / "parts_runner.h").read_text(encoding="utf-8")
    assert f"kArenaBytes = {arena.size_bytes};" in header
    assert f"kImagesBytes = {images.size_bytes};" in header


def test_the_command_line_takes_the_folder(parts: Path, tmp_path: Path) -> None:
    done = invoke("export", str(parts), "-o", str(tmp_path / "out"))
    assert done.exit_code == 0
    assert "one arena for all parts" in done.stdout
    assert invoke("export", str(parts), "-o", str(tmp_path / "no"), "--layout", "arduino").exit_code == 13


def test_refuses_a_part_that_changed(parts: Path, tmp_path: Path) -> None:
    (parts / "net.part-2.tflite").write_bytes((parts / "net.part-1.tflite").read_bytes())
    with pytest.raises(DataError, match=r"net.part-2.tflite: is not the part that parts.json lists"):
        arenafit.export_parts(parts, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"document": "arenafit.fit"}', '{"document": "arenafit.parts", "parts": [1, 2]}']
)
def test_refuses_a_list_that_is_none(text: str, parts: Path, tmp_path: Path) -> None:
    (parts / "parts.json").write_text(text)
    with pytest.raises(DataError, match=r"parts.json"):
        arenafit.export_parts(parts, tmp_path / "out")


def test_refuses_names_that_are_none(parts: Path, tmp_path: Path) -> None:
    listed = json.loads((parts / "parts.json").read_text())
    text = json.dumps({**listed, "model": "a\0b", "parts": [{**listed["parts"][0], "file": "a\0b"}] * 2})
    (parts / "parts.json").write_text(text)
    with pytest.raises(DataError, match="the part cannot be read: embedded null"):
        arenafit.export_parts(parts, tmp_path / "out")
    with pytest.raises(DataError, match="cannot be read: embedded null"):
        read_original(parts)


def test_refuses_a_part_elsewhere(parts: Path, tmp_path: Path) -> None:
    listed = json.loads((parts / "parts.json").read_text())
    listed["parts"][0]["file"] = "../net.part-1.tflite"
    (parts / "parts.json").write_text(json.dumps(listed))
    with pytest.raises(DataError, match="without the name of a file beside it"):
        arenafit.export_parts(parts, tmp_path / "out")


def test_refuses_parts_in_another_order(tmp_path: Path) -> None:
    one, two, three = three_parts()
    with pytest.raises(ConfigError, match=r"part 1 of net.tflite does not make the one tensor"):
        arenafit.export_parts(written(tmp_path / "parts", [two, one, three]), tmp_path / "out")


def test_refuses_a_part_that_keeps_state(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match=r"cannot share an arena with other parts: .*variable"):
        arenafit.export_parts(written(tmp_path / "parts", [svdf(), svdf()]), tmp_path / "out")


def test_names_follow_the_model(parts: Path, tmp_path: Path) -> None:
    assert arenafit.export_parts(parts, tmp_path / "out").name == "net"
    assert arenafit.export_parts(parts, tmp_path / "other", name="wake").name == "wake"
    assert "namespace wake" in (tmp_path / "other" / "parts_runner.h").read_text(encoding="utf-8")


def test_metadata_of_the_original_says_nothing_of_a_part() -> None:
    model = replace(conv_chain(), metadata=(("TFLITE_METADATA", b"x"), ("min_runtime_version", b"1.5.0")))
    part = part_model(model, None, waists(model)[0])
    assert part.metadata == (("min_runtime_version", b"1.5.0"),)
