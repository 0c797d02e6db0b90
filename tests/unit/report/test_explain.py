import json
from dataclasses import replace
from math import prod
from pathlib import Path

import numpy as np
import pytest

from arenafit.errors import RefusedModelError, UnsupportedModelError
from arenafit.ir import DType, Editor, Model
from arenafit.report.documents.inspection import Inspection
from arenafit.report.documents.inspection_build import Asked, board_verdict, inspect
from arenafit.report.documents.inspection_head import explain_head
from arenafit.report.documents.memory_map import memory_map
from arenafit.report.render.json import render
from arenafit.targets.boards import find_board
from arenafit.targets.libraries import REFERENCE
from arenafit.targets.releases import find_release
from arenafit.targets.target import CORTEX_M4, GENERIC_32_BIT, WHEEL, Target
from arenafit.tflite import write_bytes
from arenafit.tflm import footprint
from support.models import Sketch, conv_chain, residual
from support.one_op import const, i8, one_op
from support.small_models import call_once, svdf, while_loop


def inspected(model: Model, target: Target = CORTEX_M4) -> Inspection:
    return inspect(model, write_bytes(model), "model.tflite", target)


@pytest.mark.parametrize("make", [conv_chain, residual, while_loop, svdf, call_once], ids=lambda make: make.__name__)
def test_the_figures_are_those_of_the_footprint(make: object) -> None:
    assert callable(make)
    model = make()
    found, priced = inspected(model), footprint(model, CORTEX_M4)
    assert found.figures == "predicted"
    assert (found.min_arena_bytes, found.used_bytes) == (priced.min_arena_bytes, priced.used_bytes)
    assert (found.head.size_bytes, found.tail.size_bytes) == (priced.head_bytes, priced.tail_bytes)
    assert sum(row.size_bytes for row in found.tail.categories) == priced.tail_bytes
    assert found.recorded_bytes == priced.recording.total_bytes


def test_the_peak_is_explained_by_what_its_operator_reads_and_writes() -> None:
    found = inspected(conv_chain(size=16, channels=8))
    peak = found.head.peak
    assert peak.op is not None
    assert (peak.op.label, peak.op.graph, peak.op.index) == ("#0 CONV_2D", 0, 0)
    assert {row.role for row in peak.buffers} >= {"reads", "writes"}
    written = next(row for row in peak.buffers if row.role == "writes")
    assert written.size_bytes == prod(written.shape) == 16 * 16 * 8
    assert f"writes {written.size_bytes:,} bytes" in peak.why


def test_what_must_stay_in_place_is_held() -> None:
    found = inspected(residual())
    held = [row for row in found.head.peak.buffers if row.role == "held"]
    assert len(held) == 1
    assert held[0].last_op is not None
    assert held[0].last_op.name == "ADD"
    assert held[0] in [replace(row, role="held") for row in found.head.long_lived]


def test_an_orphan_is_found() -> None:
    editor = Editor(conv_chain())
    editor.add_tensor("nobody", DType.FLOAT32, (1, 40, 40))
    found = inspected(editor.build())
    assert [(row.name, row.size_bytes, row.role) for row in found.head.orphans] == [("nobody", 6_400, "orphan")]


def test_tensors_of_another_signature_are_no_orphans() -> None:
    editor = Editor(conv_chain(size=8))
    graph = editor.add_graph("other signature")
    source, result = (editor.add_tensor(name, DType.FLOAT32, (40,), graph=graph) for name in ("theirs", "made"))
    editor.append_op(editor.make_op("RELU", (source,), (result,)), graph)
    editor.set_inputs((source,), graph)
    editor.set_outputs((result,), graph)
    editor.add_tensor("nobody", DType.INT8, (6400,))
    model = editor.build()
    found = explain_head(model, footprint(model, WHEEL))
    assert [(row.name, row.role) for row in found.orphans] == [("nobody", "orphan")]
    assert {(row.name, row.role) for row in found.unreached} == {("theirs", "unreached"), ("made", "unreached")}
    kinds = {box.name: box.kind for box in memory_map(model, footprint(model, WHEEL)).buffers}
    assert (kinds["nobody"], kinds["theirs"]) == ("orphan", "unreached")


def test_a_tensor_that_is_read_and_never_written_belongs_to_a_graph_that_runs() -> None:
    # So are the views of loops that are written for TFLM alone.
    editor = Editor(conv_chain(size=8))
    view = editor.add_tensor("view", DType.FLOAT32, (40,))
    result = editor.add_tensor("result", DType.FLOAT32, (40,))
    editor.append_op(editor.make_op("RELU", (view,), (result,)))
    editor.set_outputs((result,))
    model = editor.build()
    found = explain_head(model, footprint(model, WHEEL))
    assert (found.orphans, found.unreached) == ((), ())
    assert {box.name: box.kind for box in memory_map(model, footprint(model, WHEEL)).buffers}["view"] == "activation"


def test_orphans_can_be_the_peak() -> None:
    editor = Editor(conv_chain())
    editor.add_tensor("nobody", DType.FLOAT32, (1, 40, 40))
    peak = inspected(editor.build()).head.peak
    assert (peak.op, peak.live_bytes) == (None, 6_400)
    assert "no operator uses" in peak.why


def test_the_bound_says_whether_a_planner_can_help() -> None:
    found = inspected(conv_chain())
    assert found.head.size_bytes == found.head.bound_bytes
    assert found.head.planner.startswith("at its bound")


def test_memory_that_buffers_share_counts_once() -> None:
    model = conv_chain(size=16, channels=8)
    plain = inspected(model)
    main = model.main
    first, second = main.ops[0].outputs[0], main.ops[1].outputs[0]
    # The second convolution reads the first one's output: both at offset 0 is a plan that shares.
    shared = inspected(replace(model, offline_plan={main.inputs[0]: 2_048, first: 0, second: 0}))
    assert plain.head.peak.live_bytes == plain.head.bound_bytes == 16 * 16 * 3 + 16 * 16 * 8 + 112
    assert shared.head.bound_bytes == shared.head.size_bytes
    peak = shared.head.peak
    assert peak.live_bytes == sum(row.size_bytes for row in peak.buffers)
    at_second = [row for row in shared.head.large if row.name in ("conv_2d_0", "conv_2d_1")]
    assert {row.offset_bytes for row in at_second} == {0}


def test_buffers_in_the_same_memory_are_shown_once() -> None:
    model = conv_chain(DType.FLOAT32, size=16, channels=8)
    main = model.main
    first, second = main.ops[0].outputs[0], main.ops[1].outputs[0]
    found = inspected(replace(model, offline_plan={main.inputs[0]: 0, first: 0, second: 0}))
    peak = found.head.peak
    assert [(row.name, row.role, row.same_memory) for row in peak.buffers] == [("conv_2d_0", "writes", 1)]
    assert found.head.planner.startswith("at its bound: its offline plan lets buffers share memory")


def test_wide_convolutions_drive_the_tail() -> None:
    found = inspected(conv_chain(channels=64))
    driver = found.tail.drivers[0]
    assert (driver.name, driver.size_bytes) == ("per-channel factors", 8 * (3 * 64))
    assert "192 output channels" in driver.what


def test_per_channel_factors_add_up_over_all_operators() -> None:
    model = conv_chain(channels=64)
    priced = footprint(model, CORTEX_M4)
    parts = sum(item.size_bytes for item in priced.tail if item.what.startswith("per-channel"))
    assert inspected(model).tail.drivers[0].size_bytes == parts


def test_cloned_operators_are_named() -> None:
    sketch = Sketch(DType.INT8)
    tensor = sketch.conv(sketch.input(1, 8, 8, 8), 8)
    editor = sketch.editor
    first = editor.ops()[0]
    for _ in range(3):
        output = sketch.tensor(f"again_{len(editor.ops())}", (1, 8, 8, 8))
        editor.append_op(editor.make_op("CONV_2D", (tensor, *first.inputs[1:]), (output,), first.options, version=3))
        tensor = output
    found = inspected(sketch.finish(tensor))
    clones = next(driver for driver in found.tail.drivers if driver.name == "cloned operators")
    assert clones.what.startswith("3 operators with the weights of another")
    assert clones.size_bytes == 3 * next(row.size_bytes for row in found.tail.ops if row.op.index == 1)


def test_operators_that_share_an_axis_are_no_clones() -> None:
    sketch = Sketch(DType.FLOAT32)
    tensor = sketch.input(1, 4, 4, 2)
    one = sketch.editor.add_constant("one", np.ones((1,), np.float32))
    for index in range(2):
        output = sketch.tensor(f"sum_{index}", (1, 4, 4, 2))
        sketch.editor.append_op(sketch.editor.make_op("MAXIMUM", (tensor, one), (output,)))
        tensor = output
    found = inspected(sketch.finish(tensor))
    assert all(driver.name != "cloned operators" for driver in found.tail.drivers)


def test_variables_drive_the_tail() -> None:
    found = inspected(svdf(units=64, memory=16))
    driver = found.tail.drivers[0]
    assert driver.name == "variables"
    assert 64 * 16 * 4 <= driver.size_bytes < 64 * 16 * 4 + 16, "the bytes of the state, and an alignment"


def test_the_step_that_binds_is_named() -> None:
    small = inspected(conv_chain(size=4, channels=1))
    assert small.binding.step == "the planner's working memory"
    assert small.min_arena_bytes > small.used_bytes
    assert "arena_used_bytes() is too small" in small.binding.why
    assert inspected(conv_chain(size=32)).binding.step == "head and tail"


def test_other_targets_stand_beside_and_the_same_one_does_not() -> None:
    model = conv_chain()
    found = inspected(model, GENERIC_32_BIT)
    rows = {row.target: row for row in found.elsewhere}
    arm = {"cortex-m4", "cortex-m4-reference", "cortex-m55", "cortex-m0plus"}
    assert set(rows) == {*arm, "esp32", "esp32-s3", "esp32-p4", "wheel"}
    assert rows["wheel"].min_arena_bytes == footprint(model, WHEEL).min_arena_bytes


def test_a_board_says_by_how_much() -> None:
    model = conv_chain(DType.FLOAT32, size=96, channels=16)
    board = find_board("microbit-v2")
    found = inspect(model, write_bytes(model), "model.tflite", board.target, board)
    assert found.board is not None
    assert not found.board.fits
    assert found.board.spare_bytes == board.on_chip_bytes - found.min_arena_bytes < 0
    verdict = board_verdict(found.board)
    assert verdict.startswith(
        f"does not fit BBC micro:bit v2: arena {-found.board.spare_bytes:,} bytes too large for RAM"
    )
    assert found.estimated == ()


def test_kernels_that_are_not_modelled_make_an_estimate() -> None:
    model = conv_chain()
    board = replace(find_board("esp32-s3"), kernels=REFERENCE, usual_kernels="esp-nn")
    found = inspect(model, write_bytes(model), "model.tflite", board.target, board)
    assert len(found.estimated) == 1
    assert "esp-nn" in found.estimated[0]


def test_an_unknown_operator_is_an_error_unless_an_estimate_is_asked_for() -> None:
    sketch = Sketch(DType.FLOAT32)
    source = sketch.input(1, 4)
    output = sketch.tensor("output", (1, 4))
    sketch.editor.append_op(sketch.editor.make_op("GELU", (source,), (output,)))
    model = sketch.finish(output)
    with pytest.raises(UnsupportedModelError, match="GELU"):
        inspected(model)
    found = inspect(model, write_bytes(model), "model.tflite", CORTEX_M4, asked=Asked(estimate=True))
    assert "GELU" in found.estimated[0]
    assert all(row.min_arena_bytes is None and "GELU" in row.error for row in found.elsewhere)


def test_json_holds_the_same_and_its_version(tmp_path: Path) -> None:
    found = inspected(conv_chain())
    document = json.loads(render(found))
    assert (document["document"], document["version"]) == ("arenafit.inspection", 1)
    assert document["min_arena_bytes"] == found.min_arena_bytes
    assert document["head"]["peak"]["op"]["name"] == "CONV_2D"
    assert len(document["tail"]["ops"]) == len(found.tail.ops)


def test_another_tflm_is_predicted_for_every_target() -> None:
    model = conv_chain()
    release = find_release("2023-10")
    found = inspect(model, write_bytes(model), "model.tflite", CORTEX_M4, asked=Asked(release=release))
    rows = {row.target: row for row in found.elsewhere}
    assert found.target.tflm == release.tflm
    assert found.min_arena_bytes == footprint(model, release.of(CORTEX_M4)).min_arena_bytes
    # The wheel is the one of that time, whose structures are larger, not today's with another date.
    assert rows["wheel"].min_arena_bytes == footprint(model, release.wheel.target).min_arena_bytes
    assert rows["wheel"].min_arena_bytes != footprint(model, WHEEL).min_arena_bytes
    assert "cortex-m4" not in rows
    assert "--tflm 2023-10" in found.answer.next[0].command


def test_what_another_tflm_has_not_is_refused() -> None:
    model = one_op("DYNAMIC_UPDATE_SLICE", [i8(4, 4), i8(2, 4), const([1, 0])], [i8(4, 4)])
    with pytest.raises(RefusedModelError, match=r"DYNAMIC_UPDATE_SLICE\): the operator: since 2025-11-10"):
        inspect(model, write_bytes(model), "model.tflite", CORTEX_M4, asked=Asked(release=find_release("2023-10")))
