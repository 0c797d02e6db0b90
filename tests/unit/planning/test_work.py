"""Counted work: limits, parts, and the cap in time, which says when it cut."""

from arenafit.planning.work import Work


def test_steps_are_counted_until_the_limit() -> None:
    work = Work(10)
    assert work.spend(9)
    assert (work.left(), work.is_over(), work.is_over(0.9)) == (1, False, True)
    assert not work.spend(1)
    assert (work.spent, work.left(), work.cut) == (10, 0, False)


def test_without_a_limit_nothing_is_ever_over() -> None:
    work = Work()
    assert work.spend(10**12)
    assert (work.left(), work.seconds_left(), work.cut) == (None, None, False)


def test_a_part_has_an_allowance_of_its_own_and_is_counted_by_the_whole() -> None:
    whole = Work(100)
    whole.spend(100)
    part = whole.part(50)
    assert part.spend(49)
    assert not part.spend(1)
    assert (part.spent, whole.spent) == (50, 150)


def test_a_cap_in_time_ends_parts_too_and_says_so() -> None:
    whole = Work(100, seconds=0.0)
    part = whole.part(None)
    assert not part.spend(1)
    assert part.cut
    assert whole.cut
    assert part.seconds_left() == 0.0


def test_a_limit_reached_first_is_no_cut() -> None:
    whole = Work(1, seconds=3600.0)
    assert not whole.spend(1)
    assert not whole.cut
