"""Models that run in turn: activations count once, what persists counts each; the C++ compiles; state is kept."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from arenafit.api.together import share_arena
from arenafit.errors import BudgetError, ConfigError, UnsupportedModelError
from arenafit.ir import ROWS_METADATA, DType, Editor, Feed, Model
from arenafit.structure.skeleton import int8_skeleton
from arenafit.sweep.pairs import Choice, Member, choice, front_of, member
from arenafit.targets.target import WHEEL
from arenafit.tflite import write_bytes
from arenafit.tflm.footprints import footprint
from support.cli import invoke
from support.compiling import compile_all
from support.models import conv_chain
from support.small_models import svdf
from support.sweeps import classifier


def made(name: str, own: int, shared: int, drop: float) -> Member:
    return Member(name, name, own, shared, drop)


def test_the_front_is_that_of_all_pairs() -> None:
    places = [
        [made("a", 100, 1000, 0.0), made("b", 90, 500, 0.01), made("c", 200, 400, 0.02)],
        [made("d", 50, 800, 0.0), made("e", 60, 450, 0.005), made("f", 300, 900, 0.0)],
    ]
    found = front_of(places)
    every = [choice(pair) for pair in product(*places)]

    def beaten(one: Choice) -> bool:
        return any(
            other.arena_bytes <= one.arena_bytes
            and (other.drop or 0) <= (one.drop or 0)
            and (other.arena_bytes, other.drop) != (one.arena_bytes, one.drop)
            for other in every
        )

    assert {(item.arena_bytes, item.drop) for item in found} == {
        (item.arena_bytes, item.drop) for item in every if not beaten(item)
    }
    assert choice([places[0][0], places[1][0]]).arena_bytes == 100 + 50 + 1000
    assert choice([places[0][0], places[1][0]]).apart_bytes == 100 + 1000 + 50 + 800


def test_a_shared_arena_is_written_and_compiles(tmp_path: Path) -> None:
    one, two = int8_skeleton(classifier()), conv_chain(DType.INT8)
    for name, model in (("one", one), ("two", two)):
        (tmp_path / f"{name}.tflite").write_bytes(write_bytes(model))
    found = share_arena([tmp_path / "one.tflite", tmp_path / "two.tflite"], tmp_path / "out", target="wheel")
    two_arenas = [footprint(model, WHEEL).two_arenas for model in (one, two)]
    least = sum(item.persistent_bytes for item in two_arenas) + max(item.non_persistent_bytes for item in two_arenas)
    assert found.front[found.picked].arena_bytes == least
    assert least < sum(item.persistent_bytes + item.non_persistent_bytes for item in two_arenas)
    assert found.exported_arena_bytes == least + 3 * 256
    compile_all([path for path in (tmp_path / "out").iterdir() if path.suffix == ".cc"], own=[tmp_path / "out"])
    header = (tmp_path / "out" / "shared_arena.h").read_text()
    assert f"kArenaBytes = {found.exported_arena_bytes};" in header


def with_state_in_head() -> Model:
    model = svdf()
    state = next(tensor for tensor in model.all_tensors() if tensor.is_variable)
    editor = Editor(model)
    editor.set_offline_plan({state.id: 0})
    return editor.build()


def test_state_among_activations_is_refused_and_state_that_persists_is_not() -> None:
    assert member("svdf", "svdf", svdf(), WHEEL, None).persistent_bytes > 0
    with pytest.raises(UnsupportedModelError, match="which the other models overwrite"):
        member("svdf", "svdf", with_state_in_head(), WHEEL, None)


def fed_by_rows() -> Model:
    """Return a model of one operator that says that it is fed by rows, no variable among its tensors."""
    model = conv_chain(DType.INT8)
    port = model.main.tensor(model.main.inputs[0])
    feed = Feed(0, (2 * port.elements,), 2, port.elements, 1, 2)
    return replace(model, metadata=((ROWS_METADATA, feed.packed()),))


def test_what_is_fed_by_rows_keeps_a_frame_among_its_activations_and_is_refused() -> None:
    with pytest.raises(UnsupportedModelError, match=r"net\.tflite: is fed by rows, .* without --feed"):
        member("net", "net.tflite", fed_by_rows(), WHEEL, None)


@pytest.mark.parametrize(
    ("content", "said"), [(b"{bad", "is no JSON"), (b"\xff\xfe", "is no text in UTF-8"), (b"{}", "is no document")]
)
def test_a_table_that_cannot_be_read_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "one.tflite").write_bytes(write_bytes(conv_chain(DType.INT8)))
    (tmp_path / "swept").mkdir()
    (tmp_path / "swept" / "sweep.json").write_bytes(content)
    result = invoke("sweep", "--together", f"{tmp_path}/one.tflite", f"{tmp_path}/swept", "-o", f"{tmp_path}/out")
    assert result.exit_code == 9
    assert "swept/sweep.json: " in result.output
    assert said in result.output
    assert not (tmp_path / "out").exists()


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.tflite").write_bytes(write_bytes(conv_chain(DType.INT8)))
    with pytest.raises(ConfigError, match="two or more"):
        share_arena([tmp_path / "one.tflite"], tmp_path / "out")
    with pytest.raises(BudgetError, match="are allowed"):
        share_arena([tmp_path / "one.tflite"] * 2, tmp_path / "out", ram_bytes=100)
    (tmp_path / "empty").mkdir()
    result = invoke("sweep", "--together", str(tmp_path / "one.tflite"), str(tmp_path / "empty"), "-o", str(tmp_path))
    assert result.exit_code == 9
    assert "no folder of a sweep" in result.output
