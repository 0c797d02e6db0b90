"""The choices that `fit` lists besides its result: none is worse than another, none is told twice."""

from types import SimpleNamespace
from typing import cast

from arenafit.fit import FrontPoint
from arenafit.report.documents.fit import FitDocument
from arenafit.report.render.terminal.fit import faster_choices


def document(*front: FrontPoint) -> FitDocument:
    """Return what the function asks of a document: a result of 1,000 bytes and as many instructions."""
    found = SimpleNamespace(front=front, steps=[SimpleNamespace(instructions=1000)], after_predicted_bytes=1000)
    return cast("FitDocument", found)


def test_of_choices_that_read_alike_the_fastest_is_told() -> None:
    slow, fast, other = (
        FrontPoint(1100, 900, ("a",)),
        FrontPoint(1120, 800, ("a",)),
        FrontPoint(1110, 850, ("b",)),
    )
    assert faster_choices(document(slow, other, fast)) == (other, fast)


def test_what_is_larger_and_no_faster_is_not_told() -> None:
    good = FrontPoint(1100, 900, ("a",))
    worse = (FrontPoint(1200, 900, ("b",)), FrontPoint(1300, 895, ("c",)), FrontPoint(900, 10, ("smaller",)))
    assert faster_choices(document(good, *worse)) == (good,)
