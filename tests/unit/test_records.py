"""Records are as good as frozen dataclasses, and what was worked out of a model is not sent with it."""

import pickle
from dataclasses import dataclass, fields

import pytest

from arenafit.ir import DType
from arenafit.records import record
from support.models import conv_chain


@record(frozen=True)
class Pair:
    """Compared by value."""

    one: int
    two: tuple[int, ...] = ()


@dataclass(frozen=True)
class FrozenPair:
    """The same, frozen at run time."""

    one: int
    two: tuple[int, ...] = ()


@record(frozen=True, eq=False)
class Thing:
    """Compared by identity."""

    one: int


def test_a_record_is_compared_and_hashed_by_value() -> None:
    assert Pair(1, (2,)) == Pair(1, (2,)) != Pair(1)
    assert hash(Pair(1, (2,))) == hash(FrozenPair(1, (2,)))
    assert len({Pair(1), Pair(1), Pair(2)}) == 2
    assert pickle.loads(pickle.dumps(Pair(1, (2,)))) == Pair(1, (2,))  # noqa: S301 - our own bytes
    assert [field.name for field in fields(Pair)] == ["one", "two"]


def test_without_eq_a_record_is_itself_alone() -> None:
    assert len({Thing(1), Thing(1)}) == 2


def test_a_record_that_may_change_is_refused() -> None:
    with pytest.raises(TypeError, match="may change"):
        record(frozen=False)


def test_what_was_worked_out_of_a_model_is_not_pickled() -> None:
    model = conv_chain(DType.INT8)
    plain = pickle.dumps(model)
    assert model.tensors
    assert model.ops
    assert model.main.by_id
    assert model.main.producers
    assert model.main.uses
    assert len(pickle.dumps(model)) == len(plain)
    assert pickle.loads(pickle.dumps(model)) == model  # noqa: S301 - our own bytes
