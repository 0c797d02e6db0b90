"""What stays from one Invoke to the next: variables that operators change do, first contents of our loops do not."""

from fractions import Fraction

from arenafit.fit import Loops, Settings
from arenafit.fit.kept_state import kept_in_tail
from arenafit.fit.search.candidates import Base, Recipe, build, stream
from arenafit.fit.search.enumeration import enumerate_tilings
from arenafit.ir import DType, Model
from arenafit.streaming import LoopOptions
from support.models import conv_chain
from support.small_models import svdf


def streamed() -> Model:
    """Two convolutions as a loop of valid TFLite, whose output begins as a variable that nobody looks at."""
    settings = Settings(loops=Loops.ROLLED, stream=False, stream_otherwise=True)
    model = conv_chain(DType.INT8, layers=2, size=24)
    tilings = enumerate_tilings(model, settings)
    option = next(item for item in tilings if item.end == 2 and item.rows == Fraction(1))
    recipe = Recipe(Base((), model, (option,)), (option,), LoopOptions(stores=settings.stores))
    return build(stream(recipe, settings), settings, recipe).priced.model


def test_first_contents_of_loops_that_fit_wrote_are_no_state() -> None:
    fitted = streamed()
    assert [tensor.name for tensor in fitted.main.tensors if tensor.is_variable] == ["loop0/conv_2d_1_unset"]
    assert "'loop0/conv_2d_1_unset' is a variable" in (kept_in_tail(fitted) or "")
    assert kept_in_tail(fitted, rewritten=True) is None


def test_variables_that_operators_change_stay_state_in_what_fit_wrote() -> None:
    assert "'state' is a variable" in (kept_in_tail(svdf(), rewritten=True) or "")
