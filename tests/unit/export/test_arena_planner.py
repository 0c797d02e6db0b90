from pathlib import Path

import pytest

from arenafit import export_model
from arenafit.errors import BudgetError, TargetError
from arenafit.export import SourceLayout
from arenafit.memories import MemoryPlan, SpreadOptions, spread_over
from arenafit.targets.memories import read_memories
from arenafit.targets.target import CORTEX_M55
from arenafit.tflite import read_model, write_bytes
from arenafit.tflm import footprint
from support.compiling import compile_all, real_headers
from support.models import conv_chain
from support.planner_run import build, play

MEMORIES = ("fast=2K@.dtcm", "slow=1M:9")
FAR, NEAR = 1 << 20, 1 << 16


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "chain.tflite"
    file.write_bytes(write_bytes(conv_chain()))
    return file


def exported(model: Path, folder: Path, **options: object) -> tuple[Path, MemoryPlan]:
    export_model(model, folder, target="cortex-m55", memories=MEMORIES, arena="slow", name="chain", **options)  # type: ignore[arg-type]
    loaded = read_model(model)
    plan = spread_over(loaded, footprint(loaded, CORTEX_M55), read_memories(MEMORIES), SpreadOptions(1024, "slow"))
    return folder, plan


def sizes(plan: MemoryPlan) -> list[int]:
    return [item.buffer.size_bytes for item in plan.footprint.plan]


@pytest.mark.parametrize("blocks", [(NEAR, FAR), (FAR, NEAR)], ids=["arena above", "arena below"])
def test_every_buffer_gets_its_place(model: Path, tmp_path: Path, blocks: tuple[int, int]) -> None:
    folder, plan = exported(model, tmp_path / "out")
    played = play(build(folder, "chain"), sizes(plan), blocks)
    assert played.log == (f"chain: the memory plan has no buffer {len(plan.placements)}",)
    assert played.buffers == tuple((at.region, at.offset_bytes) for at in plan.placements)
    assert {at.region for at in plan.placements} == {0, 1}
    assert (played.head_bytes, played.arena_bytes) == (plan.tops_bytes[1], plan.arena_bytes)


def test_the_arrays_of_the_file_itself_serve(model: Path, tmp_path: Path) -> None:
    folder, plan = exported(model, tmp_path / "out")
    played = play(build(folder, "chain"), sizes(plan))
    assert played.refused is None
    assert len(played.buffers) == len(plan.placements)


def test_offsets_in_the_model_are_ignored(model: Path, tmp_path: Path) -> None:
    folder, plan = exported(model, tmp_path / "out")
    program = build(folder, "chain")
    plain, offline = (play(program, [f"{mark}{size}" for size in sizes(plan)], (NEAR, FAR)) for mark in ("", "!"))
    assert plain == offline


def test_other_buffers_than_planned_are_refused(model: Path, tmp_path: Path) -> None:
    folder, plan = exported(model, tmp_path / "out")
    program = build(folder, "chain")
    asked = sizes(plan)
    larger = play(program, [*asked[:-1], asked[-1] + 16], (NEAR, FAR))
    assert larger.refused == "AddBuffer"
    assert "the memory plan says" in larger.log[0]
    assert play(program, [*asked, 16], (NEAR, FAR)).refused == "AddBuffer"
    missing = play(program, asked[:-1], (NEAR, FAR))
    assert missing.refused == "GetOffsetForBuffer"
    assert f"{len(asked) - 1} buffers were added" in missing.log[0]
    assert play(program, [-1, *asked[1:]], (NEAR, FAR)).refused == "AddBuffer"


@pytest.mark.parametrize(
    ("blocks", "complaint"),
    [((NEAR, NEAR + 8), "multiple of 16"), ((-1, FAR), "missing"), ((NEAR, NEAR + 16), "overlap")],
)
def test_blocks_that_cannot_serve_are_refused(
    model: Path, tmp_path: Path, blocks: tuple[int, int], complaint: str
) -> None:
    folder, plan = exported(model, tmp_path / "out")
    played = play(build(folder, "chain"), sizes(plan), blocks)
    assert played.refused == "CreateAllocator"
    assert complaint in played.log[0]


def test_a_region_too_small_in_the_table_is_refused_in_planning(model: Path, tmp_path: Path) -> None:
    folder, plan = exported(model, tmp_path / "out")
    source = folder / "arena_planner.cc"
    text = source.read_text(encoding="utf-8")
    room = f"    {plan.tops_bytes[0]}u,  // fast"
    assert room in text
    source.write_text(text.replace(room, f"    {plan.tops_bytes[0] - 16}u,  // fast"), encoding="utf-8")
    played = play(build(folder, "chain"), sizes(plan), (NEAR, FAR))
    assert played.refused == "AddBuffer"
    assert "does not lie whole in its memory" in played.log[0]


def test_a_section_smaller_than_planned_does_not_compile(model: Path, tmp_path: Path) -> None:
    folder, plan = exported(model, tmp_path / "out")
    compile_all([folder / "arena_planner.cc"], own=[folder], define=f"CHAIN_FAST_CAPACITY={plan.sizes_bytes[0]}")
    with pytest.raises(AssertionError, match="too small"):
        compile_all(
            [folder / "arena_planner.cc"], own=[folder], define=f"CHAIN_FAST_CAPACITY={plan.sizes_bytes[0] - 16}"
        )


@pytest.mark.parametrize("layout", SourceLayout)
def test_all_layouts_compile(model: Path, tmp_path: Path, layout: SourceLayout) -> None:
    folder, _ = exported(model, tmp_path / "out", layout=layout)
    sources = [path for path in folder.rglob("*") if path.suffix in {".cc", ".cpp", ".ino"}]
    assert any(path.stem == "arena_planner" for path in sources)
    compile_all(sources, own=[folder, folder / "src", folder / "include"])


def test_the_planner_compiles_with_the_real_headers(model: Path, tmp_path: Path) -> None:
    folder, _ = exported(model, tmp_path / "out")
    compile_all([folder / "arena_planner.cc", folder / "usage.cc"], own=[folder], headers=real_headers())


def test_the_sketch_takes_one_include_and_one_line(model: Path, tmp_path: Path) -> None:
    folder, _ = exported(model, tmp_path / "out")
    usage = (folder / "usage.cc").read_text(encoding="utf-8")
    assert '#include "arena_planner.h"' in usage
    assert "chain::CreateAllocator();" in usage
    assert "tensor_arena" not in usage
    assert 'section(".dtcm")' in (folder / "arena_planner.cc").read_text(encoding="utf-8")


def test_nothing_is_written_if_the_memories_are_too_small(model: Path, tmp_path: Path) -> None:
    for memories, error in ((("a=2K", "b=2K"), BudgetError), (("a=",), TargetError)):
        with pytest.raises(error):
            export_model(model, tmp_path / "none", memories=memories)
    assert not (tmp_path / "none").exists()


def test_the_document_says_what_lies_where(model: Path, tmp_path: Path) -> None:
    document = export_model(model, tmp_path / "out", memories=MEMORIES, arena="slow", target="cortex-m55")
    assert document.memories is not None
    fast, slow = document.memories.memories
    assert (fast.name, slow.name, slow.has_arena, fast.has_arena) == ("fast", "slow", True, False)
    assert fast.share + slow.share == pytest.approx(1)
    assert sum(row.size_bytes for row in document.memories.buffers if row.memory == "fast") >= fast.buffers_bytes
