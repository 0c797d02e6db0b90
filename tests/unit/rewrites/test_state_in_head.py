"""Streams whose rows come to stand in the head, and every reason for which a variable stays one."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arenafit.fit.search.candidates import RewriteStage, Streams, build, conflict
from arenafit.fit.settings import Settings
from arenafit.ir import Constant, DType, Model
from arenafit.ir.text import describe
from arenafit.rewrites.protocol import Validity
from arenafit.rewrites.state_in_head import state_in_head
from arenafit.runtime import KINDS, GeneratedInputs, Outputs, TflmRuntime
from arenafit.runtime.compare import first_difference
from arenafit.targets.choice import find_target
from arenafit.tflite import write_bytes
from conftest import Golden
from support.streams import Stream, StreamNet, stream_net

SETTINGS = Settings(target=find_target("cortex-m4"), validity=Validity.TFLM)


def planned(model: Model, *, plain: bool = False) -> Model:
    moved = state_in_head(model, plain=plain)
    assert moved is not None
    made = build(Streams((RewriteStage(moved.move, moved.model),), moved.model, moved.hints), SETTINGS, None)
    # No kernel library plans a scratch buffer over what stays from one Invoke to the next.
    assert conflict(made.priced.model, SETTINGS) is None
    return made.priced.model


def difference(model: Model, made: Model, count: int) -> str | None:
    runtime = TflmRuntime()
    before, after = (runtime.run(write_bytes(item), GeneratedInputs(count, 5, KINDS)) for item in (model, made))
    assert isinstance(before, Outputs)
    assert isinstance(after, Outputs), after
    assert len({digests[0] for digests in before.digests()}) > 3
    found = first_difference(before, after)
    return None if found is None else str(found)


def test_before_and_after_read_like_documentation(golden: Golden) -> None:
    model = stream_net(Stream())
    moved = state_in_head(model)
    assert moved is not None
    text = f"before\n{describe(model)}after {moved.move.rewrite}: {moved.move.note}\n{describe(moved.model)}"
    golden("rewrites/state_in_head.txt", text)


def test_no_variable_is_left_and_300_invokes_are_equal() -> None:
    model = stream_net(Stream(5, 1), Stream(3, 1, cut_first=True), Stream(9, 1))
    made = planned(model)
    names = {op.name for op in made.main.ops}
    assert not names & {"CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CONCATENATION"}
    assert len(made.graphs) == 1
    assert difference(model, made, 300) is None


def test_plain_operators_are_those_of_the_firmware_that_runs_such_models() -> None:
    model = stream_net(Stream(5, 1), Stream(3, 1, cut_first=True), Stream(9, 1))
    made = planned(model, plain=True)
    present = {op.name for op in model.main.ops}
    assert {op.name for op in made.main.ops} <= present
    assert difference(model, made, 300) is None


@settings(max_examples=12, deadline=None)
@given(
    data=st.data(),
    new=st.integers(1, 3),
    count=st.integers(1, 4),
    dtype=st.sampled_from((DType.INT8, DType.FLOAT32)),
    seed=st.integers(0, 99),
    plain=st.booleans(),
)
def test_streams_of_any_kind_are_equal(
    data: st.DataObject, new: int, count: int, dtype: DType, seed: int, *, plain: bool
) -> None:
    streams = [
        Stream(
            new + data.draw(st.integers(1, 7)),
            new,
            cut_first=data.draw(st.booleans()),
            fill=data.draw(st.sampled_from((-128, 3, 0))),
        )
        for _ in range(count)
    ]
    model = stream_net(*streams, dtype=dtype, seed=seed)
    assert difference(model, planned(model, plain=plain), 40) is None


@pytest.mark.parametrize("plain", [False, True])
def test_reset_begins_the_streams_anew(plain: bool) -> None:
    runtime = pytest.importorskip("tflite_micro").runtime
    model = stream_net(Stream(6, 1), Stream(4, 1))
    made = planned(model, plain=plain)
    rows = np.random.default_rng(1).integers(-128, 128, (8, 1, 1, 1, 3)).astype(np.int8)
    interpreter = runtime.Interpreter.from_bytes(write_bytes(made))

    def run() -> list[list[int]]:
        found = []
        for row in rows:
            interpreter.set_input(row, 0)
            interpreter.invoke()
            found.append(interpreter.get_output(0).tolist())
        return found

    first = [np.asarray(value).tolist() for value in run()]
    assert [np.asarray(value).tolist() for value in run()] != first
    interpreter.reset()
    assert [np.asarray(value).tolist() for value in run()] == first


# Every guard.


def first_rows_that_differ() -> Model:
    model = stream_net(Stream())
    init = model.graphs[1]
    constant = next(tensor for tensor in init.tensors if tensor.is_constant)
    array = constant.array().copy()
    array[0, 0, 0, 0] += 1
    tensors = tuple(replace(item, data=Constant.of(array)) if item is constant else item for item in init.tensors)
    return replace(model, graphs=(model.main, replace(init, tensors=tensors)))


def variable_nobody_fills() -> Model:
    model = stream_net(Stream())
    return replace(model, graphs=(model.main, replace(model.graphs[1], ops=())))


def past_read_twice() -> Model:
    net = StreamNet()
    whole = net.past(net.conv(net.input(1, 1, 1, 3), 4, kernel=1), Stream())
    past = next(op for op in net.editor.ops() if op.name == "READ_VARIABLE").outputs[0]
    return net.finish(net.softmax(whole), net.softmax(past))


def rows_straight_from_the_input() -> Model:
    net = StreamNet()
    return net.finish(net.softmax(net.past(net.input(1, 1, 1, 3), Stream())))


def whole_is_an_output() -> Model:
    net = StreamNet()
    whole = net.past(net.conv(net.input(1, 1, 1, 3), 4, kernel=1), Stream())
    return net.finish(whole, net.softmax(whole))


def sixteen_bits() -> Model:
    return stream_net(Stream(), dtype=DType.INT16)


def _changed(position: int, value: int) -> Model:
    """Return a stream whose STRIDED_SLICE begins elsewhere, the shapes left as they are."""
    net = StreamNet()
    whole = net.past(net.conv(net.input(1, 2, 1, 3), 4, kernel=1), Stream(rows=4, new=2))
    cut = next(op for op in net.editor.ops() if op.name == "STRIDED_SLICE")
    operand = cut.inputs[position]
    assert operand is not None
    tensor = net.editor.tensor(operand)
    array = tensor.array().copy()
    array[1] = value
    net.editor.update_tensor(replace(tensor, data=Constant.of(array)))
    return net.finish(net.softmax(whole))


def other_rows_cut() -> Model:
    return _changed(1, 1)


def every_other_row_cut() -> Model:
    return _changed(3, 2)


def new_rows_in_front() -> Model:
    net = StreamNet()
    whole = net.past(net.conv(net.input(1, 1, 1, 3), 4, kernel=1), Stream())
    join = next(op for op in net.editor.ops() if op.name == "CONCATENATION")
    net.editor.update_op(replace(join, inputs=join.inputs[::-1]))
    return net.finish(net.softmax(whole))


@pytest.mark.parametrize(
    "make",
    [
        every_other_row_cut,
        first_rows_that_differ,
        new_rows_in_front,
        other_rows_cut,
        past_read_twice,
        rows_straight_from_the_input,
        sixteen_bits,
        variable_nobody_fills,
        whole_is_an_output,
    ],
    ids=lambda make: make.__name__,
)
def test_a_variable_stays_one(make: Callable[[], Model]) -> None:
    assert state_in_head(make()) is None
