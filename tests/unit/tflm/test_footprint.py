from collections.abc import Callable
from dataclasses import replace

import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Editor, Model, Op, OpCode, OpId
from arenafit.planning.problem import Interval
from arenafit.targets.target import CORTEX_M4, CORTEX_M4_REFERENCE, CORTEX_M55, GENERIC_32_BIT, WHEEL, Target
from arenafit.tflm import ArenaStep, TailCategory, footprint
from arenafit.tflm.ascii_plan import ascii_plan
from conftest import Golden
from support.models import Sketch, conv_chain, empty_model, residual
from support.small_models import SMALL_MODELS, call_once, svdf

TARGETS = (WHEEL, CORTEX_M4_REFERENCE, CORTEX_M4, CORTEX_M55, GENERIC_32_BIT)


def with_unknown_op(model: Model) -> Model:
    editor = Editor(model)
    target = editor.tensor(model.main.outputs[0])
    result = editor.add_tensor("result", target.dtype, target.shape, quant=target.quant)
    editor.append_op(Op(OpId(1000), OpCode("CUSTOM", 1, "MyOperator"), (target.id,), (result,)))
    editor.set_outputs((result,))
    return editor.build()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
@pytest.mark.parametrize("make", SMALL_MODELS.values(), ids=SMALL_MODELS)
def test_the_parts_add_up(make: Callable[[], Model], target: Target) -> None:
    found = footprint(make(), target)

    assert sum(item.size_bytes for item in found.tail) == found.tail_bytes
    assert found.used_bytes == found.head_bytes + found.tail_bytes
    assert found.head_bytes == max(placed.end_bytes for placed in found.plan)
    assert found.bound_bytes <= found.head_bytes
    assert found.min_arena_bytes >= found.used_bytes
    assert found.min_arena_bytes % 16 == 0
    assert found.peak.live_bytes == found.bound_bytes
    assert found.estimated == ()


@pytest.mark.parametrize("make", SMALL_MODELS.values(), ids=SMALL_MODELS)
def test_the_head_is_the_same_on_all_reference_kernels(make: Callable[[], Model]) -> None:
    heads = {footprint(make(), target).head_bytes for target in (WHEEL, CORTEX_M4_REFERENCE, GENERIC_32_BIT)}

    assert len(heads) == 1


def test_the_recording_allocator_only_adds_its_own_objects() -> None:
    found = footprint(conv_chain(), CORTEX_M4)

    assert found.recording.head_bytes == found.head_bytes
    assert found.recording.tail_bytes - found.tail_bytes in {96, 112}
    assert footprint(conv_chain(), WHEEL).recording.tail_bytes == footprint(conv_chain(), WHEEL).tail_bytes


def test_an_operator_without_kernel_file_is_an_error_that_says_where() -> None:
    with pytest.raises(UnsupportedModelError, match=r"graph 0, operator 5 \(MyOperator\)"):
        footprint(with_unknown_op(residual()))


def test_an_estimate_says_what_it_leaves_out() -> None:
    model = residual()

    found = footprint(with_unknown_op(model), estimate=True)

    assert found.estimated == ("graph 0, operator 5 (MyOperator): its kernel's memory is not known and not counted",)
    assert found.tail_bytes > footprint(model).tail_bytes


def test_tail_is_attributed_to_operators() -> None:
    sketch = Sketch()
    model = sketch.finish(sketch.conv(sketch.conv(sketch.input(1, 8, 8, 2), 4), 32))
    narrow, wide = model.main.ops

    found = footprint(model, CORTEX_M4)

    # Multipliers and shifts take 8 bytes per output channel; the rest is the same for both.
    assert found.tail_of(wide.id) - found.tail_of(narrow.id) == 8 * (32 - 4)


def test_a_variable_lives_in_the_tail_and_one_planned_offline_in_the_head() -> None:
    model = svdf()
    state = next(tensor for tensor in model.main.tensors if tensor.is_variable)
    planned = replace(model, offline_plan={state.id: 64})

    online, offline = footprint(model), footprint(planned)

    assert online.recording.categories[TailCategory.VARIABLES].requested_bytes == state.size_bytes
    assert offline.recording.categories[TailCategory.VARIABLES].requested_bytes == 0
    assert [placed.offset_bytes for placed in offline.plan if placed.buffer.tensor == state.id] == [64]


def test_offline_offsets_are_kept() -> None:
    model = conv_chain()
    fixed = {model.main.inputs[0]: 4096}

    found = footprint(replace(model, offline_plan=fixed))

    assert [placed.offset_bytes for placed in found.plan if placed.buffer.tensor in fixed] == [4096]
    assert found.head_bytes == 4096 + 16 * 16 * 3


def test_a_handle_of_a_resource_variable_takes_no_place_in_the_head() -> None:
    model = call_once()
    handles = {tensor.id for tensor in model.all_tensors() if tensor.dtype is DType.RESOURCE}

    found = footprint(model)

    assert handles
    assert handles.isdisjoint(placed.buffer.tensor for placed in found.plan)
    assert sum(item.what == "content of a resource variable" for item in found.tail) == 1


def test_more_resource_variables_than_the_model_names_cost_their_table() -> None:
    tails = [footprint(call_once(), CORTEX_M4, resource_variables=count).tail_bytes for count in (4, 8)]

    assert tails[1] - tails[0] == 4 * 20


def test_scratch_is_planned_after_the_tensors_and_lives_while_its_operator_runs() -> None:
    sketch = Sketch()
    model = sketch.finish(sketch.conv(sketch.input(1, 8, 8, 4), 8))

    found = footprint(model, CORTEX_M4)

    scratch = found.plan[-1].buffer
    assert (scratch.tensor, scratch.op) == (None, model.main.ops[0].id)
    assert scratch.size_bytes == 4 * 3 * 3 * 4
    assert scratch.live == Interval(1, 2)


def test_small_models_are_bound_by_the_planner_and_large_ones_by_the_plan() -> None:
    sketch = Sketch()
    dense = sketch.input(1, 4)
    for _ in range(4):
        dense = sketch.dense(dense, 4)

    assert footprint(sketch.finish(dense), CORTEX_M4).binding.step is ArenaStep.PLANNER
    assert footprint(conv_chain(size=48), CORTEX_M4).binding.step is ArenaStep.PLAN


def test_a_string_tensor_is_refused_with_its_name() -> None:
    editor = Editor(empty_model())
    text = editor.add_tensor("text", DType.STRING, (1,))
    editor.set_inputs((text,))
    editor.set_outputs((text,))

    with pytest.raises(UnsupportedModelError, match=r"'text'.*STRING"):
        footprint(editor.build())


def test_the_picture_of_the_plan_is_tflms(golden: Golden) -> None:
    golden("memory/residual_plan.txt", ascii_plan(footprint(residual())))


def test_compressed_tensors_are_not_counted_silently() -> None:
    model = replace(conv_chain(), metadata=(("COMPRESSION_METADATA", b"\0"),))

    with pytest.raises(UnsupportedModelError, match="compressed tensors"):
        footprint(model, WHEEL)
    assert len(footprint(model, WHEEL, estimate=True).estimated) == 1
    assert footprint(model, CORTEX_M4).estimated == ()
