import pytest

from arenafit.ir.text import describe
from arenafit.rewrites.pipeline import all_rewrites
from conftest import Golden
from support.rewrite_cases import CASES

REWRITES = {rewrite.name: rewrite for rewrite in all_rewrites()}


@pytest.mark.parametrize("name", sorted(CASES))
def test_before_and_after_read_like_documentation(name: str, golden: Golden) -> None:
    case = CASES[name]
    model = case.make()
    text = f"before\n{describe(model)}"
    move = next(iter(REWRITES[case.rewrite].propose(model)))
    text += f"after {move.rewrite}: {move.note}\n{describe(REWRITES[case.rewrite].apply(model, move))}"
    golden(f"rewrites/{name}.txt", text)
