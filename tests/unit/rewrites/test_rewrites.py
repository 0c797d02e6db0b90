from collections.abc import Iterator
from dataclasses import replace

import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Model, Op, OpId, Options, Quant, TensorId
from arenafit.ir.text import describe
from arenafit.rewrites._sites import Site
from arenafit.rewrites.pipeline import cleanup
from arenafit.rewrites.protocol import Claim, Move, Rewrite, Validity
from support.models import conv_chain, empty_model
from support.rewrite_cases import CASES, suite
from support.rewrite_nets import Net, dead_branch, padded, stem
from support.verdict import Judges, judges

REWRITES = {rewrite.name: rewrite for rewrite in suite()}


@pytest.fixture(scope="module")
def court() -> Iterator[Judges]:
    with judges() as found:
        yield found


def exhaust(rewrite: Rewrite, model: Model) -> Model:
    for _ in range(100):
        move = next(iter(rewrite.propose(model)), None)
        if move is None:
            return model
        model = rewrite.apply(model, move)
    raise AssertionError(f"{rewrite.name} does not come to an end")


def test_every_rewrite_has_a_case() -> None:
    assert {case.rewrite for case in CASES.values()} == set(REWRITES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_move_computes_the_same_in_the_runtimes_it_is_for(name: str, court: Judges) -> None:
    case = CASES[name]
    model = case.make()
    moves = list(REWRITES[case.rewrite].propose(model))
    assert moves
    assert court.runs(model)
    for move in moves:
        made = REWRITES[case.rewrite].apply(model, move)
        assert (move.claim is Claim.EQUAL_FOR_FINITE) == (name == "fold_pad_wide_float")
        assert court.complaint(model, made, validity=move.validity, claim=move.claim) is None, move
        # What is for TFLM alone is so for a reason.
        assert move.validity is Validity.TFLITE or court.complaint(model, made) is not None, move


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_rewrite_comes_to_an_end_and_leaves_the_model_as_it_was(name: str, court: Judges) -> None:
    case = CASES[name]
    rewrite = REWRITES[case.rewrite]
    model = case.make()
    before = describe(model)
    if rewrite.cleanup:
        assert court.complaint(model, exhaust(rewrite, model)) is None
    assert describe(model) == before


@pytest.mark.parametrize("name", sorted(CASES))
def test_moves_are_the_same_every_time_and_name_their_rewrite(name: str) -> None:
    case = CASES[name]
    first, second = (list(REWRITES[case.rewrite].propose(case.make())) for _ in range(2))
    assert first == second
    assert {move.rewrite for move in first} == {case.rewrite}
    assert all(move.note for move in first)


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_outside_keeps_its_tensors(name: str) -> None:
    case = CASES[name]
    model = case.make()
    for move in REWRITES[case.rewrite].propose(model):
        made = REWRITES[case.rewrite].apply(model, move)
        for ours, theirs in ((made.main.inputs, model.main.inputs), (made.main.outputs, model.main.outputs)):
            assert ours == theirs
            assert [made.main.tensor(key).shape for key in ours] == [model.main.tensor(key).shape for key in theirs]


@pytest.mark.parametrize("name", sorted(REWRITES))
def test_a_move_for_another_model_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedModelError):
        REWRITES[name].apply(conv_chain(), Move(name, (OpId(10**6), OpId(10**6 + 1))))


def test_channel_groups_divide_weights_and_do_not_copy_them() -> None:
    model = stem()
    move = next(move for move in REWRITES["channel_split"].propose(model) if dict(move.parameters)["groups"] == 3)
    made = REWRITES["channel_split"].apply(model, move)

    def flash(found: Model) -> int:
        return sum(tensor.size_bytes for tensor in found.all_tensors() if tensor.is_constant)

    assert flash(made) == flash(model)
    assert [op.name for op in made.main.ops].count("CONV_2D") == 3


def test_more_groups_than_channels_are_refused() -> None:
    model = stem(channels=7)
    region = next(iter(REWRITES["channel_split"].propose(model))).where
    with pytest.raises(UnsupportedModelError):
        REWRITES["channel_split"].apply(model, Move("channel_split", region, (("groups", 8),)))


def test_a_variable_is_written_even_if_nobody_reads_the_result() -> None:
    net = Net()
    source = net.input(1, 4)
    handle = net.editor.add_tensor("handle", net.dtype, (1,))
    net.editor.append_op(net.editor.make_op("VAR_HANDLE", (), (handle,), Options("VarHandleOptions")))
    net.editor.append_op(net.editor.make_op("ASSIGN_VARIABLE", (handle, source), ()))
    model = net.finish(net.softmax(source))
    assert not list(REWRITES["dce"].propose(model))


def test_tensors_that_hold_scales_are_used() -> None:
    model = dead_branch()
    orphan = next(tensor for tensor in model.all_tensors() if tensor.name == "orphan")
    details = ("BlockwiseQuantization", (("scales", int(orphan.id)), ("zero_points", -1), ("block_size", 4)))
    editor = Editor(model)
    read = model.tensors[model.main.inputs[0]]
    editor.update_tensor(replace(read, quant=Quant(extras=(("details", details),))))
    made = exhaust(REWRITES["dce"], editor.build())
    assert orphan.id in made.tensors
    assert len(made.ops) < len(model.ops)


def test_a_model_of_views_is_left_alone() -> None:
    model = dead_branch()
    orphan = next(tensor for tensor in model.all_tensors() if tensor.name == "orphan")
    pool = model.main.ops[-1]
    graph = replace(model.main, ops=(*model.main.ops[:-1], replace(pool, inputs=(orphan.id,))))
    plan = {tensor.id: 0 for tensor in model.all_tensors() if not tensor.is_constant}
    views = replace(model, graphs=(graph,), offline_plan=plan)
    assert [list(rewrite.propose(views)) for rewrite in REWRITES.values()] == [[] for _ in REWRITES]


def test_a_change_of_the_graph_drops_the_offline_plan() -> None:
    model = padded()
    planned = replace(model, offline_plan={model.main.inputs[0]: 0})
    made, moves = cleanup(planned)
    assert moves
    assert made.offline_plan is None


@pytest.mark.parametrize("name", sorted(CASES))
def test_cleaning_up_is_exact_and_settles(name: str, court: Judges) -> None:
    model = CASES[name].make()
    made, moves = cleanup(model)
    assert court.complaint(model, made) is None
    assert cleanup(made) == (made, [])
    assert all(REWRITES[move.rewrite].cleanup for move in moves)
    assert len(made.ops) <= len(model.ops)


def test_cleaning_up_an_empty_model_changes_nothing() -> None:
    assert cleanup(empty_model()) == (empty_model(), [])


def test_cleaning_up_a_long_model_makes_a_move_for_each_operator_that_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net()
    tensor = net.input(1, 8, 8, 4)
    for _ in range(60):
        tensor = net.conv(net.pad(tensor, (1, 1), (1, 1)), 4, padding=1, activation=0)
        tensor = net.op("RELU", (tensor,), net.shape(tensor))
        tensor = net.view(net.view(tensor, 1, 16, 4, 4), 1, 8, 8, 4)
    model = net.finish(tensor)
    asked = 0
    reader = Site.reader

    def counted(site: Site, tensor: TensorId) -> Op | None:
        nonlocal asked
        asked += 1
        return reader(site, tensor)

    monkeypatch.setattr(Site, "reader", counted)
    made, moves = cleanup(model)
    assert len(model.ops) == 300
    assert [op.name for op in made.main.ops] == ["CONV_2D"] * 60
    assert len(moves) <= len(model.ops)
    # Questions stay in proportion to the moves: 10 of each, where one pass over all operators for each were 200.
    assert asked <= 20 * len(moves)
