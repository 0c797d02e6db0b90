import pytest

from arenafit.ir.text import describe
from conftest import Golden
from support.small_models import SMALL_MODELS


@pytest.mark.parametrize("name", SMALL_MODELS)
def test_models_as_text(golden: Golden, name: str) -> None:
    golden(f"ir_text/{name}.txt", describe(SMALL_MODELS[name]()))
