from pathlib import Path

import pytest

from arenafit.errors import DataError
from arenafit.planning.minimalloc_csv import parse, read, render
from arenafit.planning.problem import Buffer, BufferId, Interval, Plan
from arenafit.planning.validate import validate
from support.problems import problem_of

# The example that MiniMalloc's documentation shows, with its solution.
EXAMPLE = "id,lower,upper,size,offset\nb1,0,3,4,8\nb2,3,9,4,8\nb3,0,9,4,4\nb4,9,21,4,4\nb5,0,21,4,0\n"


def test_reads_buffers_and_offsets() -> None:
    imported = parse(EXAMPLE, capacity_bytes=12)
    assert imported.problem.buffers[1] == Buffer(BufferId(1), 4, Interval(3, 9))
    assert imported.names[BufferId(4)] == "b5"
    assert imported.plan is not None
    assert imported.plan.height_bytes == 12
    validate(imported.problem, imported.plan)


def test_without_offsets_there_is_no_plan() -> None:
    assert parse("id,lower,upper,size\nb1,0,3,4\n").plan is None


def test_columns_come_in_any_order_and_lines_end_in_any_way() -> None:
    assert parse("size, upper, lower, id\r\n4, 3, 0, b1\r\n\r\n").problem.buffers == (
        Buffer(BufferId(0), 4, Interval(0, 3)),
    )


def test_what_is_written_is_read_again() -> None:
    imported = parse(EXAMPLE)
    assert render(imported.problem, imported.plan, names=imported.names) == EXAMPLE


def test_sizes_are_written_aligned() -> None:
    problem = problem_of((17, 0, 2), align=16)
    assert render(problem, Plan({BufferId(0): 16}, 48)) == "id,lower,upper,size,offset\n0,0,2,32,16\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        ("id,lower,upper\n", "line 1 lacks the column size"),
        ("b1,0,3,4\n", "line 1 lacks the column id"),
        ("id,lower,upper,size,gaps\n", "line 1 names the column 'gaps'"),
        ("id,lower,upper,size,size\n", "line 1 names a column twice"),
        ("id,lower,upper,size\nb1,0,3\n", "line 2 has 3 fields, the header has 4"),
        ("id,lower,upper,size\nb1,0,3,4,5\n", "line 2 has 5 fields, the header has 4"),
        ("id,lower,upper,size\nb1,0,x,4\n", "line 2: upper is 'x', it must be a whole number"),
        ("id,lower,upper,size\nb1,0,3,-4\n", "line 2: size is '-4'"),
        ("id,lower,upper,size\nb1,0,3,4.0\n", "line 2: size is '4.0'"),
        ("id,lower,upper,size\nb1,0,3,\n", "line 2: size is ''"),
        ("id,lower,upper,size\nb1,0,3,٤\n", "line 2: size is"),
        ("id,lower,upper,size\nb1,0,3," + "9" * 5000, "line 2: size is '9{40}'"),
        ("id,lower,upper,size\nb1,5,3,4\n", "line 2: buffer b1 ends at 3, before it begins at 5"),
        ("id,lower,upper,size\nb1,0,3,4\n\nb1,0,3,4\n", "line 4: the id b1 was used in line 2 already"),
        ('id,lower,upper,size\n"b1,0,3,4\n', "is not CSV"),
        ("id,lower,upper,size\n" + "b" * 200_000 + ",0,3,4\n", "line 2 is not CSV"),
    ],
)
def test_malformed_text_is_refused(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        parse(text)


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv: cannot be read: No such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(DataError, match="is not a regular file"):
        read(tmp_path)
    (tmp_path / "binary.csv").write_bytes(b"id,\xff\xfe")
    with pytest.raises(DataError, match=r"binary\.csv: is no text in UTF-8"):
        read(tmp_path / "binary.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(DataError, match=r"empty\.csv: the file is empty"):
        read(tmp_path / "empty.csv")


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "example.csv").write_text(EXAMPLE)
    assert read(tmp_path / "example.csv", capacity_bytes=12) == parse(EXAMPLE, capacity_bytes=12)
