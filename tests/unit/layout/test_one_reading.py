"""One offline plan for TFLM before and since 2023-03-29: tensors in an order in which both read it alike."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import arenafit
from arenafit.fit import Loops, Settings
from arenafit.fit.search.candidates import Base, Recipe, build, stream
from arenafit.fit.search.enumeration import enumerate_tilings
from arenafit.ir import DType, Model
from arenafit.rewrites.protocol import Validity
from arenafit.runtime import GeneratedInputs, Outputs, TflmPool, first_difference
from arenafit.streaming import LoopOptions
from arenafit.tflite import read_bytes, read_model, write_bytes
from arenafit.tflite.one_reading import in_one_reading, reads_alike
from arenafit.validity.release import needs
from support.models import conv_chain, renumbered
from support.old_wheels import old_pool


def looped(validity: Validity, *, one_reading: bool = False) -> Model:
    settings = Settings(validity=validity, loops=Loops.ROLLED, stream=False, stream_otherwise=True)
    model = conv_chain(DType.INT8, layers=2, size=24)
    option = next(item for item in enumerate_tilings(model, settings) if item.end == 2 and item.rows == Fraction(1))
    recipe = Recipe(Base((), model, (option,)), (option,), LoopOptions(stores=settings.stores))
    wanted = replace(settings, one_reading=one_reading)
    return build(stream(recipe, wanted), wanted, recipe).priced.model


def as_older_tflm_reads(model: Model) -> Model:
    """The model with entry i of the plan for tensor i of every graph."""
    entries = [(model.offline_plan or {}).get(tensor.id, -1) for tensor in model.all_tensors()]
    plan = {
        tensor.id: entries[position]
        for graph in model.graphs
        for position, tensor in enumerate(graph.tensors)
        if entries[position] >= 0
    }
    return replace(model, offline_plan=plan)


@pytest.mark.parametrize("validity", list(Validity))
@pytest.mark.parametrize("pool", [lambda: TflmPool(1), lambda: old_pool("oldest")], ids=["newest", "oldest"])
def test_as_older_tflm_reads_it_it_computes_the_same(validity: Validity, pool: Callable[[], TflmPool]) -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    model = looped(validity, one_reading=True)
    assert as_older_tflm_reads(model) != model, "no constant stands beside a planned tensor: nothing is tried"
    inputs = GeneratedInputs(4, 1)
    with pool() as tflm:
        wanted = tflm.run(write_bytes(conv_chain(DType.INT8, layers=2, size=24)), inputs)
        assert isinstance(wanted, Outputs)
        for made in (model, as_older_tflm_reads(model)):
            found = tflm.run(write_bytes(made), inputs)
            assert isinstance(found, Outputs), found.reason
            assert first_difference(wanted, found) is None


@pytest.mark.parametrize("validity", list(Validity))
def test_every_tensor_is_placed_as_before(validity: Validity) -> None:
    model = looped(validity)
    assert not reads_alike(model)
    ordered = in_one_reading(model)
    assert reads_alike(ordered)
    assert reads_alike(read_bytes(write_bytes(ordered), "ordered"))
    before, after = model.offline_plan or {}, ordered.offline_plan or {}
    placed = [tensor.id for tensor in model.all_tensors() if not tensor.is_constant]
    assert {tensor: before.get(tensor) for tensor in placed} == {tensor: after.get(tensor) for tensor in placed}
    assert [graph.inputs for graph in ordered.graphs] == [graph.inputs for graph in model.graphs]
    added = set(ordered.tensors) - set(model.tensors)
    assert all(ordered.tensors[tensor].size_bytes == 0 for tensor in added)
    assert {tensor: ordered.tensors[tensor] for tensor in model.tensors} == dict(model.tensors)


def test_what_is_read_alike_stays() -> None:
    plain = conv_chain(DType.INT8, layers=2)
    assert in_one_reading(plain) is plain
    ordered = in_one_reading(looped(Validity.TFLM))
    assert in_one_reading(ordered) is ordered


def test_a_body_that_stands_elsewhere_is_told() -> None:
    assert not reads_alike(renumbered(in_one_reading(looped(Validity.TFLM))))


def test_only_other_orders_need_a_newer_tflm() -> None:
    model = looped(Validity.TFLM)
    assert [need.day for need in needs(model)] == ["2023-03-29"]
    assert not needs(in_one_reading(model))


@pytest.mark.parametrize("tflm", [None, "arduino"])
def test_a_model_too_new_only_for_its_plan_is_fitted_for_the_board(tmp_path: Path, tflm: str | None) -> None:
    path = tmp_path / "looped.tflite"
    path.write_bytes(write_bytes(looped(Validity.TFLITE)))
    board = "arduino-nano-33-ble"
    found = arenafit.inspect_model(path, board=board).answer
    assert found.too_old
    assert found.next[0].command.startswith(f"arenafit fit {path} --board {board} --tflm arduino ")
    # Nothing smaller is looked for: the model as it is, in an order that both read alike.
    made = arenafit.fit_model(path, tmp_path / "fitted.tflite", board=board, effort=0, tflm=tflm)
    assert reads_alike(read_model(tmp_path / "fitted.tflite"))
    assert made.answer is not None
    assert not made.answer.too_old
