"""Parts in one arena: where models are cut, which are refused, how cuts are balanced, and the replayed hand-over."""

import hashlib
import json
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

import arenafit
from arenafit.costs import Core
from arenafit.costs.memcpy import memcpy
from arenafit.errors import ConfigError, DataError, OutputError, UnsupportedModelError
from arenafit.fit import Settings
from arenafit.fit.parts import PartMemory, fit_parts, part_model, predicted_parts, shared_arena, state_in, waists
from arenafit.fit.parts.balance import Balance
from arenafit.fit.parts.replay import replay
from arenafit.fit.verification_inputs import verification_inputs
from arenafit.fit.verifiers import verifier
from arenafit.ir import Constant, Model, OpCode, verify
from arenafit.rewrites.protocol import Claim
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import read_bytes, write_bytes
from arenafit.tflm import footprint
from support.cli import invoke
from support.models import conv_chain, depthwise_chain, residual
from support.small_models import call_once, svdf, while_loop

QUICK = Settings(effort=60)
wheel = pytest.mark.usefixtures("tflm")


@pytest.fixture(name="tflm")
def _tflm() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")


def chained() -> Model:
    return depthwise_chain(blocks=3)


def test_a_chain_can_be_cut_behind_every_operator_but_the_last() -> None:
    model = conv_chain()
    assert [found.position for found in waists(model)] == list(range(1, len(model.main.ops)))
    assert [found.tensor.id for found in waists(model)] == [op.outputs[0] for op in model.main.ops[:-1]]


def test_nothing_is_cut_where_two_tensors_are_alive() -> None:
    model = residual()
    (add,) = [number for number, op in enumerate(model.main.ops) if op.name == "ADD"]
    shortcut = [model.main.producers.get(operand) for operand in model.main.ops[add].operands]
    begins = min(model.main.ops.index(op) for op in shortcut if op is not None)
    assert not {found.position for found in waists(model)} & set(range(begins + 2, add + 1))


def test_parts_are_whole_models_with_what_they_need_and_no_more() -> None:
    model = chained()
    middle = waists(model)[2]
    head, tail = part_model(model, None, middle), part_model(model, middle, None)
    for part in (head, tail):
        verify(part)
        assert read_bytes(write_bytes(part), "part").main.ops
    assert head.main.outputs == tail.main.inputs == (middle.tensor.id,)
    assert [op.id for op in (*head.main.ops, *tail.main.ops)] == [op.id for op in model.main.ops]
    shared = {tensor.id for tensor in head.main.tensors} & {tensor.id for tensor in tail.main.tensors}
    assert all(model.tensors[tensor].is_constant or tensor == middle.tensor.id for tensor in shared)


def test_graphs_that_a_part_calls_come_with_it_under_new_numbers() -> None:
    model = while_loop()
    unused = replace(model.graphs[1], tensors=(), ops=(), inputs=(), outputs=(), name="unused")
    loop = model.main.ops[0]
    assert loop.options is not None
    moved = replace(loop, options=loop.options.with_values(cond_subgraph_index=2, body_subgraph_index=3))
    padded = replace(model, graphs=(replace(model.main, ops=(moved,)), unused, *model.graphs[1:]))
    part = part_model(padded, None, None)
    assert [graph.name for graph in part.graphs] == [graph.name for graph in model.graphs]
    assert part.main.ops[0].subgraphs == (1, 2)


@pytest.mark.parametrize(("model", "word"), [(svdf(), "variable"), (call_once(), "CALL_ONCE|VAR_HANDLE|VARIABLE")])
def test_refuses_a_model_that_keeps_state(model: Model, word: str) -> None:
    with pytest.raises(UnsupportedModelError, match=f"cannot be cut into parts: .*({word}).*fit it as one file"):
        fit_parts(write_bytes(model), "state", 2, QUICK)


def test_refuses_operators_that_may_keep_state() -> None:
    model = conv_chain()
    for code in (OpCode("CUSTOM", 1, "SignalFramer"), OpCode("CUSTOM", 1, "Yours")):
        changed = replace(model.main.ops[0], code=code, options=None)
        main = replace(model.main, ops=(changed, *model.main.ops[1:]))
        assert str(code.custom_code) in (state_in(replace(model, graphs=(main,))) or "")
    assert state_in(model) is None


def test_refuses_a_model_without_a_place_to_cut() -> None:
    with pytest.raises(UnsupportedModelError, match="cannot be cut into 2 parts: there are 0 places"):
        fit_parts(write_bytes(while_loop()), "loop", 2, QUICK)


@pytest.mark.parametrize("parts", [0, 1, 9, -2])
def test_refuses_a_number_of_parts_that_is_none(parts: int) -> None:
    with pytest.raises(ConfigError, match=f"2 to 8 parts, not {parts}"):
        fit_parts(write_bytes(conv_chain()), "chain", parts, QUICK)


def test_cuts_are_the_best_if_every_part_may_be_looked_at() -> None:
    generator = np.random.default_rng(5)
    for parts in (2, 3, 4):
        sizes = generator.integers(1, 100, 9)
        looked: list[tuple[int, int]] = []

        def found(first: int, end: int, sizes: np.ndarray = sizes, looked: list[tuple[int, int]] = looked) -> int:
            looked.append((first, end))
            return int(sizes[first:end].sum())

        balance = Balance(10, lambda *_: 0, found, looks=1000)
        chosen = balance.cut(parts)
        cuts = [(0, *inner, 9) for inner in combinations(range(1, 9), parts - 1)]
        best = min(max(int(sizes[i:j].sum()) for i, j in pairwise(cut)) for cut in cuts)
        assert balance.largest(chosen) <= 1.25 * best
        assert len(looked) == len(set(looked))


def test_no_more_parts_are_looked_at_than_allowed() -> None:
    looked: list[tuple[int, int]] = []

    def found(first: int, end: int) -> int:
        looked.append((first, end))
        return 1000 - 7 * first + 13 * end

    Balance(40, lambda first, end: end - first, found, looks=6).cut(3)
    assert len(looked) <= 6


def test_the_arena_is_the_largest_part_and_every_byte_put_back_is_counted() -> None:
    shared = shared_arena([PartMemory(512, 2048), PartMemory(1024, 1024)], [640], Core.M4_CMSIS_NN)
    assert shared.arena_bytes == 2560
    assert shared.images_bytes == 1536
    assert shared.handover_instructions == sum(memcpy(size, Core.M4_CMSIS_NN) for size in (512, 1024, 640))


@wheel
def test_the_hand_over_of_parts_as_they_are_is_equal() -> None:
    model = chained()
    middle = waists(model)[1]
    parts = [write_bytes(part_model(model, *ends)) for ends in ((None, middle), (middle, None))]
    with verifier(model=model) as judge:
        found = replay(judge, write_bytes(model), parts, verification_inputs(model, 12), Claim.BIT_EXACT)
    assert (found.inputs, found.difference, found.verified) == (12, None, True)


@wheel
def test_the_replay_finds_a_part_with_another_weight() -> None:
    model = chained()
    middle = waists(model)[1]
    head, tail = part_model(model, None, middle), part_model(model, middle, None)
    weights = tail.tensors[tail.main.ops[0].operands[1]]
    spoiled = replace(weights, data=Constant.of(-weights.array()))
    tensors = tuple(spoiled if tensor.id == weights.id else tensor for tensor in tail.main.tensors)
    tail = replace(tail, graphs=(replace(tail.main, tensors=tensors),))
    with verifier(model=model) as judge:
        parts = [write_bytes(head), write_bytes(tail)]
        found = replay(judge, write_bytes(model), parts, verification_inputs(model, 12), Claim.BIT_EXACT)
        swapped = replay(
            judge, write_bytes(model), [write_bytes(head)], verification_inputs(model, 12), Claim.BIT_EXACT
        )
    assert "elements differ" in (found.difference or "")
    assert not found.verified
    assert not swapped.verified


@wheel
def test_parts_are_fitted_replayed_and_written(tmp_path: Path) -> None:
    model = chained()
    file = tmp_path / "chain.tflite"
    file.write_bytes(write_bytes(model))
    before = file.read_bytes()
    made = arenafit.fit_parts(file, tmp_path / "out", 2, settings=QUICK)
    assert file.read_bytes() == before
    assert made.replayed_inputs == 12
    assert made.arena_bytes < footprint(model, CORTEX_M4).min_arena_bytes
    parts = [read_bytes((tmp_path / "out" / row.file).read_bytes(), row.file) for row in made.parts]
    two = [footprint(part, CORTEX_M4).two_arenas for part in parts]
    assert made.arena_bytes == max(item.persistent_bytes + item.non_persistent_bytes for item in two)
    assert made.images_bytes == sum(item.persistent_bytes for item in two)
    assert made.parts[0].end == made.parts[1].first
    assert json.loads((tmp_path / "out" / "parts.json").read_text())["arena_bytes"] == made.arena_bytes


@wheel
def test_the_forecast_is_about_what_the_parts_take() -> None:
    model = chained()
    (forecast,) = predicted_parts(model, QUICK)
    made = fit_parts(write_bytes(model), "chain", 2, QUICK)
    assert forecast.parts == 2
    assert made.shared.arena_bytes <= forecast.arena_bytes < footprint(model, CORTEX_M4).min_arena_bytes
    assert predicted_parts(svdf(), QUICK) == ()


@wheel
def test_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "chain.tflite"
    file.write_bytes(write_bytes(chained()))
    made = invoke("fit", str(file), "--parts", "auto", "-o", str(tmp_path / "out"), "--effort", "60")
    assert made.exit_code == 0
    assert "hand-over replayed on tflite-micro" in made.stdout
    assert "images of the tails" in made.stdout
    replayed = invoke("measure", str(tmp_path / "out"))
    assert replayed.exit_code == 0
    assert "outputs equal to" in replayed.stdout
    assert invoke("measure", str(tmp_path / "out"), "--min-arena").exit_code == 13
    short = invoke("fit", str(file), "--parts", "2", "-o", str(tmp_path / "o2"), "--effort", "60", "--ram", "1K")
    assert short.exit_code == 7
    for wrong in (("--parts", "two"), ("--parts", "2", "--io", "int8"), ("--parts", "1")):
        refused = invoke("fit", str(file), *wrong, "-o", str(tmp_path / "none"), "--effort", "60")
        assert refused.exit_code == 13
        assert not (tmp_path / "none").exists()


def test_refuses_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    file = tmp_path / "chain.tflite"
    file.write_bytes(write_bytes(chained()))
    with pytest.raises(OutputError, match="is a file"):
        arenafit.fit_parts(file, file, 2, settings=QUICK)
    with pytest.raises(OutputError, match="does not exist"):
        arenafit.fit_parts(file, tmp_path / "no" / "out", 2, settings=QUICK)


@wheel
def test_a_fit_ends_with_what_parts_would_give(tmp_path: Path) -> None:
    file = tmp_path / "chain.tflite"
    file.write_bytes(write_bytes(chained()))
    made = arenafit.fit_model(file, tmp_path / "fitted.tflite", effort=60)
    (forecast,) = made.in_parts
    assert forecast.arena_bytes < made.after_predicted_bytes
    assert (forecast,) == predicted_parts(chained(), Settings(effort=60))
    # A time limit makes results depend on the machine: nothing more is searched for then.
    assert arenafit.fit_model(file, tmp_path / "capped.tflite", effort=60, seconds=60).in_parts == ()
    file.write_bytes(write_bytes(svdf()))
    assert arenafit.fit_model(file, tmp_path / "state.tflite", effort=60).in_parts == ()


@wheel
def test_a_limit_on_the_arena_holds_for_every_part_as_two_arenas() -> None:
    content = write_bytes(chained())
    least = fit_parts(content, "chain", 2, QUICK).shared.arena_bytes
    for limit in (least + 64, least + 512):
        made = fit_parts(content, "chain", 2, replace(QUICK, ram_bytes=limit))
        assert least <= made.shared.arena_bytes <= limit


@wheel
def test_measure_replays_what_was_written_and_finds_what_was_not(tmp_path: Path) -> None:
    file = tmp_path / "chain.tflite"
    file.write_bytes(write_bytes(chained()))
    made = arenafit.fit_parts(file, tmp_path / "out", 2, settings=QUICK)
    assert arenafit.replay_parts(tmp_path / "out").difference is None
    listed = json.loads((tmp_path / "out" / "parts.json").read_text())
    model = read_bytes((tmp_path / "out" / made.parts[1].file).read_bytes(), "part")
    weights = next(tensor for tensor in model.main.tensors if tensor.is_constant and len(tensor.shape) == 4)
    spoiled = replace(weights, data=Constant.of(-weights.array()))
    tensors = tuple(spoiled if tensor.id == weights.id else tensor for tensor in model.main.tensors)
    content = write_bytes(replace(model, graphs=(replace(model.main, tensors=tensors), *model.graphs[1:])))
    (tmp_path / "out" / made.parts[1].file).write_bytes(content)
    listed["parts"][1]["sha256"] = hashlib.sha256(content).hexdigest()
    (tmp_path / "out" / "parts.json").write_text(json.dumps(listed))
    assert "elements differ" in (arenafit.replay_parts(tmp_path / "out").difference or "")
    assert invoke("measure", str(tmp_path / "out")).exit_code == 6
    file.write_bytes(write_bytes(conv_chain()))
    with pytest.raises(DataError, match="is not the model"):
        arenafit.replay_parts(tmp_path / "out")
