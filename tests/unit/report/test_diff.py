from dataclasses import replace

import pytest

from arenafit.fit.search.evaluation import price
from arenafit.ir import DType, Model
from arenafit.report.documents.diff import DiffDocument, diff
from arenafit.report.documents.views import ModelView, model_view
from arenafit.report.render.markdown import render as render_markdown
from arenafit.streaming import emit, find_segment, make_schedule
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import write_bytes
from support.models import conv_chain, residual, shared_sum


def viewed(model: Model, name: str = "model.tflite") -> ModelView:
    return model_view(model, write_bytes(model), name, CORTEX_M4)


def compared(before: Model, after: Model) -> DiffDocument:
    return diff(viewed(before), viewed(after))


def streamed(model: Model) -> Model:
    segment = find_segment(model.main, [op.id for op in model.main.ops[:2]])
    assert segment is not None
    schedule = make_schedule(model.main, segment, 1, 0)
    assert schedule is not None
    return emit(model, schedule, "loop0").model


def test_a_model_does_not_differ_from_itself() -> None:
    found = compared(residual(), residual())
    assert found.is_same
    assert found.unchanged_ops == len(residual().main.ops)
    assert (found.ops, found.buffers, found.interface) == ((), (), ())


def test_figures_are_those_of_the_two_models() -> None:
    before, after = conv_chain(size=16), conv_chain(size=24)
    found = compared(before, after)
    totals = {row.what: (row.before, row.after) for row in found.totals}
    old, new = viewed(before), viewed(after)
    assert totals["smallest working arena"] == (old.memory.arena_bytes, new.memory.arena_bytes)
    assert totals["tail"] == (old.memory.tail_bytes, new.memory.tail_bytes)
    assert sum(row.difference for row in found.tail) == new.memory.tail_bytes - old.memory.tail_bytes
    assert totals["flash (model file)"] == (len(write_bytes(before)), len(write_bytes(after)))
    assert found.totals[0].percent == pytest.approx(
        100 * (totals["smallest working arena"][1] / totals["smallest working arena"][0] - 1)
    )


def test_a_plan_alone_changes_the_head_and_no_operator_s_own_bytes() -> None:
    before = shared_sum()
    found = compared(before, price(before, CORTEX_M4).model)
    assert found.totals[0].difference < 0
    assert [row.label for row in found.ops] == ["#1 ADD", "#2 ADD"]
    for row in found.ops:
        assert row.change == "changed"
        assert row.before is not None
        assert row.after is not None
        assert row.before.out_bytes == row.after.out_bytes


def test_operators_that_moved_into_a_loop_are_found_by_their_weights() -> None:
    before = conv_chain(size=16)
    found = compared(before, streamed(before))
    moved = [row for row in found.ops if row.before is not None and row.after is not None and row.after.graph]
    assert [row.before.index for row in moved if row.before is not None] == [0, 1]
    for row in moved:
        assert row.before is not None
        assert row.after is not None
        assert row.before.weights == row.after.weights
        assert " -> graph 2 #" in row.label
    assert {row.after.name for row in found.ops if row.change == "added" and row.after is not None} >= {"WHILE"}
    assert not any(row.change == "removed" for row in found.ops)


def test_every_operator_is_counted_once() -> None:
    before, after = conv_chain(layers=4), conv_chain(layers=2)
    found = compared(before, after)
    old = [row.before.number for row in found.ops if row.before is not None]
    new = [row.after.number for row in found.ops if row.after is not None]
    assert len(old) + found.unchanged_ops == len(before.ops)
    assert len(new) + found.unchanged_ops == len(after.ops)
    assert len(set(old)) == len(old)
    assert len(set(new)) == len(new)
    assert sum(row.change == "removed" for row in found.ops) == 2


def test_inputs_and_outputs_that_changed_are_named() -> None:
    found = compared(conv_chain(DType.INT8), conv_chain(DType.FLOAT32))
    assert [row.what for row in found.interface] == ["input 0", "output 0"]
    assert "int8[" in found.interface[0].before
    assert "float32[" in found.interface[0].after


def test_names_in_a_model_cannot_become_markdown() -> None:
    model = residual()
    hostile = "a|b`c\n## <img src=x> @someone #12"
    main = replace(model.main, tensors=tuple(replace(tensor, name=hostile) for tensor in model.main.tensors))
    renamed = replace(model, graphs=(main,))
    text = render_markdown(diff(viewed(model), viewed(renamed)))
    table_rows = [line for line in text.splitlines() if line.startswith("|")]
    assert table_rows
    for line in text.splitlines():
        assert not line.startswith("## ")
        outside = "".join(line.split("`")[::2])
        assert "<img" not in outside
        assert "@someone" not in outside
    widths = {line.count("|") for line in table_rows if hostile[:1] in line and "Squeeze" not in line}
    assert max(widths) <= 7
