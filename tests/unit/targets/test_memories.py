import pytest

from arenafit.errors import TargetError
from arenafit.targets.boards import all_boards, find_board
from arenafit.targets.memories import Region, Speed, chosen_memories, read_memories


def test_a_memory_is_a_name_a_size_a_cost_and_a_section() -> None:
    dtcm, axi, psram = read_memories(["dtcm=128K", "axi=512K:1.5", "psram=8M:6/9@.ext_ram.bss"])
    assert (dtcm.name, dtcm.size_bytes, dtcm.reading, dtcm.writing, dtcm.section) == ("dtcm", 131_072, 1.0, 1.0, "")
    assert (axi.size_bytes, axi.reading, axi.writing) == (524_288, 1.5, 1.5)
    assert (psram.size_bytes, psram.reading, psram.writing, psram.section) == (8_388_608, 6.0, 9.0, ".ext_ram.bss")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("dtcm", "is no memory"),
        ("=128K", "is no memory"),
        ("1st=128K", "is no memory"),
        ("dtcm=much", "'much' is not a size"),
        ("dtcm=8", "smaller than 16 bytes"),
        ("dtcm=1K:dear", "'dear' is not a cost"),
        ("dtcm=1K:", "'' is not a cost"),
        ("dtcm=1K:0", "must lie above 0"),
        ("dtcm=1K:1/-2", "must lie above 0"),
        ("dtcm=1K:nan", "must lie above 0"),
        ("dtcm=1K:1e9", "must lie above 0"),
        ('dtcm=1K@.x"y', "is no memory"),
        ("dtcm=1K@", "is no memory"),
    ],
)
def test_what_describes_no_memory_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(TargetError, match=complaint):
        read_memories([text])


def test_two_memories_of_one_name_are_refused() -> None:
    with pytest.raises(TargetError, match="two memories are named 'dtcm'"):
        read_memories(["dtcm=1K", "DTCM=2K"])


def test_the_memories_of_a_board_are_those_that_can_be_used() -> None:
    board = find_board("nucleo-h743zi2")
    found = chosen_memories(["board", "psram=8M:9"], board.regions)
    assert [region.name for region in found] == [*(region.name for region in board.regions), "psram"]
    assert found[0].available_bytes == 131_072 - 16_384


def test_memories_of_a_board_need_a_board() -> None:
    with pytest.raises(TargetError, match="needs a board"):
        chosen_memories(["board"], None)


def test_a_memory_may_not_have_a_name_that_the_board_gave_away() -> None:
    with pytest.raises(TargetError, match="already"):
        chosen_memories(["board", "DTCM=1K"], find_board("nucleo-h743zi2").regions)


def test_what_no_arena_may_take_is_no_capacity() -> None:
    assert Region("code", 1024, Speed.SRAM, usable=False).capacity_bytes == 0
    assert Region("odd", 1000, Speed.SRAM, reserve_bytes=101).capacity_bytes == 896


def test_a_faster_class_is_never_dearer_on_a_board() -> None:
    for board in all_boards():
        order = sorted(board.regions, key=lambda region: list(Speed).index(region.speed))
        costs = [region.reading for region in order]
        assert costs == sorted(costs), board.name
