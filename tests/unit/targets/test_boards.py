import re
from importlib.resources import files
from pathlib import Path

import pytest

from arenafit.errors import TargetError
from arenafit.targets import boards
from arenafit.targets.boards import Board, all_boards, find_board, fits, read_board
from arenafit.targets.memories import Speed
from arenafit.targets.target import Abi

BOARDS = all_boards()
ARM = re.compile(r"Cortex-M(0\+|4F|7|33|55|85)")
KERNELS = {
    "Cortex-M0+": "cmsis-nn",
    **dict.fromkeys(("Cortex-M4F", "Cortex-M7", "Cortex-M33"), "cmsis-nn-dsp"),
    **dict.fromkeys(("Cortex-M55", "Cortex-M85"), "cmsis-nn-mve"),
    **dict.fromkeys(("ESP32", "ESP32-D0", "ESP32-S2", "ESP32-C3", "ESP32-C6", "ESP32-H2"), "esp-nn"),
    "ESP32-S3": "esp-nn-s3",
    "ESP32-P4": "esp-nn-p4",
}

GOOD = """
title = "A board"
mcu = "X1"
core = "Cortex-M4F"
abi = "ilp32"
kernels = "cmsis-nn-dsp"
flash_bytes = 1_000_000
flash_reserve_bytes = 100_000
sources = ["its data sheet"]

[[ram]]
name = "TCM"
size_bytes = 65_536
speed = "tcm"
reserve_bytes = 16_384

[[ram]]
name = "SRAM"
size_bytes = 131_072
speed = "sram"

[[ram]]
name = "SDRAM"
size_bytes = 1_048_576
speed = "psram"

[[ram]]
name = "other core"
size_bytes = 8_388_608
speed = "sram"
usable = false
"""


def board_of(tmp_path: Path, text: str) -> Board:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return read_board(file)


def test_the_boards_people_use_are_there() -> None:
    names = {board.name for board in BOARDS}
    assert len(names) == len(BOARDS) >= 28
    assert {"arduino-nano-33-ble", "pico", "pico-2", "esp32-s3", "corstone-300", "frdm-k64f"} <= names
    assert {"esp32-s2", "esp32-c6", "esp32-h2", "teensy41", "m5stack-core2", "xiao-esp32s3", "openmv-h7-plus"} <= names
    assert {"arduino-nicla-vision", "arduino-giga-r1"} <= names


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_every_board_is_plausible(board: Board) -> None:
    assert board.name == board.name.lower()
    assert (board.abi is Abi.ILP32) == bool(ARM.fullmatch(board.core))
    assert board.usual_kernels is None, "no board of the catalogue is an estimate"
    assert board.kernels.name == KERNELS[board.core if ARM.fullmatch(board.core) else board.mcu[:8]]
    assert board.flash_reserve_bytes < board.flash_bytes
    assert 16_384 <= board.on_chip_bytes < 16 * 1024**2
    assert any(region.reserve_bytes for region in board.regions), "the stack lies somewhere"
    assert all(region.size_bytes % 1024 == 0 and region.reserve_bytes <= region.size_bytes for region in board.regions)
    assert all(len(source) > 20 for source in board.sources)


def test_an_arena_goes_to_the_fastest_memory_that_holds_it(tmp_path: Path) -> None:
    board = board_of(tmp_path, GOOD)
    assert [fit.region.name for fit in fits(board, 1, 1).regions] == ["TCM", "SRAM", "SDRAM"]
    assert fits(board, 49_152, 900_000).best.region.name == "TCM"
    assert fits(board, 49_153, 900_000).best.region.name == "SRAM"
    assert fits(board, 131_073, 900_000).best.region.speed is Speed.PSRAM
    assert fits(board, 49_152, 900_000).fits
    assert not fits(board, 49_152, 900_001).fits


def test_what_does_not_fit_says_by_how_much(tmp_path: Path) -> None:
    found = fits(board_of(tmp_path, GOOD), 1_048_580, 900_007)
    assert not found.fits
    assert (found.best.region.name, found.best.spare_bytes, found.flash_spare_bytes) == ("SDRAM", -4, -7)


def test_the_reserve_can_be_replaced_where_there_is_one(tmp_path: Path) -> None:
    board = board_of(tmp_path, GOOD).with_reserve(1_024)
    assert [region.reserve_bytes for region in board.regions] == [1_024, 0, 0, 0]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('mcu = "X1"\n', "", "'mcu' is missing"),
        ('mcu = "X1"', "mcu = 1", "'mcu' must be of type str, not int"),
        ("= 65_536", "= -1", "ram 1: 'size_bytes' must not be negative"),
        ("= 65_536", "= true", "ram 1: 'size_bytes' must be of type int, not bool"),
        ('"tcm"', '"fast"', "ram 1: 'speed' is 'fast', must be one of tcm, sram, psram"),
        ('"ilp32"', '"arm"', "'abi' is 'arm', must be one of"),
        ("usable = false", "colour = 1", "ram 4: unknown key 'colour'"),
        ('name = "SRAM"', 'name = "TCM"', "two memories share a name"),
        ('["its data sheet"]', "[]", "'sources' must name"),
        ("[[ram]]", "[[rom]]", "'ram' is missing"),
        ("abi =", "abi", "is not TOML"),
    ],
)
def test_a_bad_description_names_the_key(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(TargetError, match=re.escape(says)) as error:
        board_of(tmp_path, GOOD.replace(old, new))
    assert "mine.toml" in str(error.value)


def test_a_board_without_room_is_refused(tmp_path: Path) -> None:
    head = GOOD.partition("[[ram]]")[0]
    with pytest.raises(TargetError, match="no memory is left"):
        board_of(tmp_path, head + '[[ram]]\nname = "a"\nsize_bytes = 1\nspeed = "sram"\nreserve_bytes = 1\n')


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"none.toml' cannot be read: No such file"):
        find_board(str(tmp_path / "none.toml"))
    (tmp_path / "raw.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TargetError, match="is no text in UTF-8"):
        find_board(str(tmp_path / "raw.toml"))


def test_an_unknown_name_suggests_the_near_ones() -> None:
    with pytest.raises(TargetError, match="there is no board 'nano-33-ble': did you mean arduino-nano-33-ble"):
        find_board("nano-33-ble")
    assert find_board("pico").name == "pico"


class Point:
    name = "theirs"

    def __init__(self, found: object) -> None:
        self.found = found

    def load(self) -> object:
        return self.found


def test_a_third_party_adds_a_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = board_of(tmp_path, GOOD)
    monkeypatch.setattr(boards, "entry_points", lambda group: [Point(board)] if group == "arenafit.boards" else [])
    assert find_board("mine") == board


def test_what_a_third_party_gets_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "entry_points", lambda **_: [Point("no board")])
    with pytest.raises(TargetError, match=r"'theirs' of group arenafit.boards is no Board"):
        all_boards()
    monkeypatch.setattr(boards, "entry_points", lambda **_: [Point(find_pico())])
    with pytest.raises(TargetError, match="two boards are named 'pico'"):
        all_boards()


def find_pico() -> Board:
    return next(board for board in BOARDS if board.name == "pico")


def test_the_usual_tflm_of_a_board_is_one_that_is_known(tmp_path: Path) -> None:
    assert find_board("arduino-nano-33-ble").product == "arduino"
    text = files("arenafit.targets").joinpath("boards", "pico.toml").read_text("utf-8")
    mine = tmp_path / "mine.toml"
    mine.write_text(text.replace('"pico-tflmicro"', '"nowhere"'), encoding="utf-8")
    with pytest.raises(TargetError, match="'product' must be one of arduino, "):
        find_board(str(mine))
