"""The verbs that show a model know several memories: what each takes, what is moved there, what does not fit."""

import json
from pathlib import Path

import pytest

from arenafit.api.diff import diff_models
from arenafit.api.explain import explain_log
from arenafit.api.inspect import inspect_model
from arenafit.api.report import report_model
from arenafit.errors import TargetError
from arenafit.memories import MemoryRequest
from arenafit.report.documents.html_report import ReportDocument
from arenafit.report.documents.report_hero import hero
from arenafit.report.render.html import render
from arenafit.report.render.markdown import render as render_markdown
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import write_bytes
from arenafit.tflm import footprint
from support.cli import invoke
from support.models import conv_chain

TWO = ("fast=2K", "slow=64K:4")
# Both hold the tables, neither a buffer beside them.
NONE = ("fast=1968", "slow=1968:4")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "chain.tflite"
    file.write_bytes(write_bytes(conv_chain()))
    return file


@pytest.fixture
def larger(tmp_path: Path) -> Path:
    file = tmp_path / "larger.tflite"
    file.write_bytes(write_bytes(conv_chain(size=24)))
    return file


def heap(*largest: int) -> str:
    rows = (f"    largest_free_block {size} alloc_blocks 9 free_blocks 2 total_blocks 11" for size in largest)
    total = f"    free {sum(largest)} allocated 100 min_free 50 largest_free_block {max(largest)}"
    return "\n".join(("Heap summary for capabilities 0x00000004:", *rows, "  Totals:", total))


def test_a_request_is_repeated_as_options() -> None:
    asked = MemoryRequest(("a=1K", "b=2K"), "b", ("input=a",))
    assert asked.options == ("--memory", "a=1K", "--memory", "b=2K", "--arena", "b", "--pin", "input=a")
    assert asked.fit_options == asked.options[:-2]
    assert MemoryRequest().options == ()


def test_inspect_answers_for_all_memories_together(model: Path) -> None:
    found = inspect_model(model, memories=TWO, pins=["input=slow"])
    assert found.memories is not None
    assert found.answer.fits is True
    taken = [row.taken_bytes for row in found.memories.memories]
    assert found.answer.verdict.startswith(f"fits, spread over memories: {taken[0]:,} of 2,048 bytes of fast")
    assert found.answer.spare_bytes == min(2048 - taken[0], 65_536 - taken[1])
    assert found.answer.next[0].command.endswith(
        "--memory fast=2K --memory slow=64K:4 --pin input=slow -o chain_firmware"
    )


def test_the_persistent_part_is_told_where_the_arena_is(model: Path) -> None:
    found = inspect_model(model, memories=TWO, arena="slow").memories
    assert found is not None
    (row,) = [one for one in found.memories if one.has_arena]
    assert [one.persistent_bytes for one in found.memories if not one.has_arena] == [0]
    assert (
        row.persistent_bytes == footprint(conv_chain(), CORTEX_M4).planned_elsewhere(row.buffers_bytes).persistent_bytes
    )
    assert row.buffers_bytes + row.persistent_bytes <= row.taken_bytes


def shown(model: Path, memories: tuple[str, ...]) -> ReportDocument:
    return report_model(model, effort=0, memories=memories)


def test_the_page_has_a_lane_for_each_memory_and_the_traffic_of_each_tensor(model: Path) -> None:
    found = shown(model, TWO)
    page, row = render(found), found.before.memories
    assert row is not None
    assert page.count('class="lane-plot"') == 2 == len([one for one in row.memories if one.taken_bytes])
    table = page.split("Traffic by tensor, most first")[1].split("</table>")[0]
    assert table.count("<tr data-buffer") == len(row.buffers)
    moved = [one.read_bytes + one.written_bytes for one in row.buffers]
    assert f'">{max(moved):,}</td>' in table.split("<tr data-buffer")[1]
    assert hero(found).sentence.startswith("Fits, spread over memories")
    assert hero(found).budget_bytes is None


def test_a_page_without_memories_has_no_section_for_them(model: Path) -> None:
    page = render(report_model(model, effort=0))
    assert 'id="memories"' not in page
    assert 'href="#memories"' not in page


def test_the_page_says_what_finds_no_place(model: Path) -> None:
    found = shown(model, NONE)
    assert found.before.memories is None
    assert "no place is found" in found.before.no_memories
    assert "It does not fit: no place is found" in render(found)
    assert hero(found).fits is False
    assert hero(found).command.startswith("arenafit fit ")
    assert "--memory fast=1968" in hero(found).command


def test_hostile_names_stay_text_in_the_section(model: Path) -> None:
    page = render(shown(model, ("a-b=2K", "slow=64K:4")))
    assert "<b>a-b</b>" in page
    with pytest.raises(TargetError):
        shown(model, ("<b>=2K", "slow=64K"))


def test_a_diff_tells_memories_and_buffers_that_moved(model: Path, larger: Path) -> None:
    found = diff_models(model, larger, memories=("fast=3K", "slow=64K:4"))
    assert found.memories is not None
    assert [row.name for row in found.memories.memories] == ["fast", "slow"]
    after = inspect_model(larger, memories=("fast=3K", "slow=64K:4")).memories
    assert after is not None
    assert [row.after_bytes for row in found.memories.memories] == [row.taken_bytes for row in after.memories]
    assert found.memories.moved
    assert all(row.before != row.after for row in found.memories.moved)
    text = render_markdown(found)
    assert "| memory | bytes taken | after |" in text
    assert "in another memory" in text


def test_a_model_that_fits_no_longer_is_told_as_a_change(model: Path, larger: Path) -> None:
    found = diff_models(model, larger, memories=("fast=2K", "slow=2K:4", "more=2K:8"))
    assert found.memories is not None
    assert len(found.memories.problems) == 1
    assert found.memories.problems[0].startswith("after: ")
    assert all(row.after_bytes is None and row.before_bytes is not None for row in found.memories.memories)
    assert not found.is_same


def test_the_same_model_does_not_differ_over_memories(model: Path) -> None:
    found = diff_models(model, model, memories=TWO)
    assert found.memories is not None
    assert found.memories.is_same
    assert found.is_same
    assert diff_models(model, model).memories is None


def test_a_check_says_what_is_taken_and_exports_with_the_same_memories(model: Path) -> None:
    result = invoke("check", str(model), *("--memory", "fast=2K", "--memory", "slow=64K:4", "--arena-in", "slow"))
    assert result.exit_code == 0
    assert "fits, spread over memories: fast " in result.output
    assert "--memory slow=64K:4 --arena slow" in " ".join(result.output.split())


def test_a_check_keeps_to_pins(model: Path) -> None:
    ways = ("--memory", "fast=2K", "--memory", "slow=64K:4")
    assert invoke("check", str(model), *ways, "--pin", "input=slow").exit_code == 0
    assert invoke("check", str(model), *ways, "--pin", "nobody=slow").exit_code == 12


def test_plan_spreads_what_it_planned(model: Path, tmp_path: Path) -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    out = tmp_path / "planned.tflite"
    ways = ("--memory", "fast=2K", "--memory", "slow=64K:4")
    result = invoke("plan", str(model), "-o", str(out), *ways, "--json")
    assert result.exit_code == 0, result.output
    row = json.loads(result.stdout)["memories"]
    inspected = inspect_model(out, memories=TWO).memories
    assert inspected is not None
    assert [one["taken_bytes"] for one in row["memories"]] == [one.taken_bytes for one in inspected.memories]


def test_plan_writes_nothing_that_finds_no_place(model: Path, tmp_path: Path) -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    out = tmp_path / "planned.tflite"
    assert invoke("plan", str(model), "-o", str(out), "--memory", "fast=1900").exit_code == 7
    assert not out.exists()


def notes(model: Path, log: str) -> tuple[str, ...]:
    found = explain_log(log, model=model, effort=0).model
    assert found is not None
    return found.notes


def test_a_block_that_holds_the_arena_is_told(model: Path) -> None:
    arena = footprint(conv_chain(), CORTEX_M4).min_arena_bytes
    (note,) = notes(model, heap(arena, 2000))
    assert "enough for the arena" in note
    first, *_ = notes(model, heap(arena - 1, 2000))
    assert f"{arena - 1:,} bytes, 1 fewer than the arena of {arena:,}" in first


def test_blocks_that_hold_it_together_are_told_with_the_command(model: Path) -> None:
    arena = footprint(conv_chain(), CORTEX_M4).min_arena_bytes
    found = notes(model, heap(arena - 16, 3000, 500))
    assert "spread over these blocks it fits" in found[1]
    assert f"--memory block1={arena - 16} --memory block2=3000`" in found[1]


def test_blocks_that_do_not_hold_it_are_told(model: Path) -> None:
    assert "do not hold its buffers together either" in notes(model, heap(1900, 1800))[1]
    assert "name each with --memory" in notes(model, heap(1900))[1]


def test_explain_shows_the_memories_that_are_named(model: Path) -> None:
    line = "Couldn't allocate memory of 40000 bytes"
    found = explain_log(line, model=model, effort=0, memories=TWO).model
    assert found is not None
    assert found.memories is not None
    assert found.notes == ()
    missed = explain_log(line, model=model, effort=0, memories=NONE).model
    assert missed is not None
    assert missed.memories is None
    assert missed.notes[0].startswith("over the memories that are named: no place is found")


def test_a_size_in_hexadecimal_is_read() -> None:
    (row,) = explain_log("Mem alloc fail. size 0x00009c40 caps 0x00000804").messages
    assert "40,000 bytes" in row.means


@pytest.mark.parametrize(
    "arguments",
    [
        ["inspect", "--arena", "dtcm"],
        ["inspect", "--pin", "input=dtcm"],
        ["export", "--pin", "input=dtcm", "-o", "firmware"],
        ["fit", "--arena", "dtcm", "-o", "out.tflite"],
        ["plan", "--pin", "input=dtcm", "-o", "out.tflite"],
        ["check", "--arena-in", "dtcm", "--arena", "1M"],
    ],
)
def test_places_in_memories_that_nobody_named_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.tflite").write_bytes(write_bytes(conv_chain()))
    found = invoke(arguments[0], "net.tflite", *arguments[1:])
    assert found.exit_code == 12, found.output
    assert "name these, too" in found.output
    assert [path.name for path in tmp_path.iterdir()] == ["net.tflite"]
