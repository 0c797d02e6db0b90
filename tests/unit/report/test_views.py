"""The data behind reports, diffs and overlays: what the memory map, the operators and the graphs say."""

from collections.abc import Callable

import pytest

from arenafit.ir import Model
from arenafit.report.documents.views import ModelView, model_view
from arenafit.targets.target import CORTEX_M4, WHEEL
from arenafit.tflite import write_bytes
from arenafit.tflm import footprint
from support.models import conv_chain, depthwise_chain, residual
from support.small_models import call_once, svdf, while_loop

MAKERS = [conv_chain, depthwise_chain, residual, svdf, while_loop, call_once]


def viewed(model: Model) -> ModelView:
    return model_view(model, write_bytes(model), "model.tflite", CORTEX_M4)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_the_map_holds_what_the_footprint_holds(make: Callable[[], Model]) -> None:
    model = make()
    priced, memory = footprint(model, CORTEX_M4), viewed(model).memory
    assert (memory.arena_bytes, memory.head_bytes, memory.tail_bytes) == (
        priced.min_arena_bytes,
        priced.head_bytes,
        priced.tail_bytes,
    )
    assert sum(part.size_bytes for part in memory.tail) == priced.tail_bytes
    assert sum(part.size_bytes for part in memory.tail_ops) == priced.tail_bytes
    held = {part.op: part.size_bytes for part in memory.tail_ops}
    assert len(held) == len(memory.tail_ops)
    assert [buffer.offset_bytes for buffer in memory.buffers] == [item.offset_bytes for item in priced.plan]
    assert max(buffer.end_bytes for buffer in memory.buffers) == memory.head_bytes
    assert memory.unshared_bytes == priced.bound_bytes


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_live_bytes_are_counted_byte_by_byte(make: Callable[[], Model]) -> None:
    memory = viewed(make()).memory
    for step in memory.steps:
        alive = [buffer for buffer in memory.buffers if buffer.first <= step.scope <= buffer.last]
        occupied = {byte for buffer in alive for byte in range(buffer.offset_bytes, buffer.end_bytes)}
        assert step.live_bytes == len(occupied)
    assert memory.steps[memory.peak].live_bytes == memory.bound_bytes == max(step.live_bytes for step in memory.steps)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_buffers_name_their_producers_and_consumers(make: Callable[[], Model]) -> None:
    view = viewed(make())
    for buffer in view.memory.buffers:
        for number in (*buffer.consumers, *([] if buffer.producer is None else [buffer.producer])):
            assert view.operators[number].graph == buffer.graph
        if buffer.kind == "activation":
            assert buffer.producer is not None
            assert view.operators[buffer.producer].output_shape == buffer.shape
            assert buffer.producer < min(buffer.consumers, default=len(view.operators))
        if buffer.kind == "scratch":
            assert buffer.producer is not None
            assert view.operators[buffer.producer].scratch_bytes >= buffer.size_bytes


def test_operators_say_what_they_read_and_write() -> None:
    model = conv_chain(size=16, channels=8)
    rows = viewed(model).operators
    assert [row.label for row in rows[:2]] == ["#0 CONV_2D", "#1 CONV_2D"]
    tensors = [model.main.by_id[op.outputs[0]] for op in model.main.ops]
    assert [row.out_bytes for row in rows] == [tensor.size_bytes for tensor in tensors]
    assert [row.in_bytes for row in rows[1:]] == [row.out_bytes for row in rows[:-1]]
    first = model.main.inputs_of(model.main.ops[0])[1]
    assert first is not None
    assert rows[0].macs == first.elements * tensors[0].elements // tensors[0].shape[-1]


def test_a_loop_counts_every_trip() -> None:
    view = viewed(while_loop(times=5))
    body = [row for row in view.operators if row.graph == 2]
    assert body
    assert {row.times for row in body} == {5}
    assert {row.times for row in view.operators if row.graph == 1} == {6}
    (loop,) = [row for row in view.operators if row.name == "WHILE"]
    assert loop.runs == (1, 2)
    assert [graph.run_by for graph in view.graphs] == [(), (loop.number,), (loop.number,)]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_the_graph_joins_every_operator_to_what_it_reads(make: Callable[[], Model]) -> None:
    model = make()
    view = viewed(model)
    for graph, shown in zip(model.graphs, view.graphs, strict=True):
        assert shown.end_op - shown.first_op == len(graph.ops)
        # A variable has no producer: it is kept from one invocation to the next.
        stored = {tensor.id for tensor in graph.tensors if tensor.is_constant or tensor.is_variable}
        reads = sum(len(set(op.operands) - stored) for op in graph.ops)
        into_ops = [edge for edge in shown.edges if edge.target >= 0]
        assert len(into_ops) == reads
        for edge in into_ops:
            assert shown.first_op <= edge.target < shown.end_op
            if edge.buffer is not None and edge.source >= 0:
                assert view.memory.buffers[edge.buffer].producer == edge.source


def test_what_goes_in_and_out_is_stated_as_a_firmware_needs_it() -> None:
    view = viewed(residual())
    assert view.inputs == ("input: int8[1,12,12,2], scale 0.05, zero point 3",)


def test_figures_are_for_the_target_asked_for() -> None:
    model = residual()
    on_wheel = model_view(model, write_bytes(model), "m", WHEEL)
    assert on_wheel.memory.tail_bytes == footprint(model, WHEEL).tail_bytes != viewed(model).memory.tail_bytes
