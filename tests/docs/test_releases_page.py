"""The page of releases holds the table that the data makes."""

from releases_page import PAGE, page, table


def test_the_table_is_that_of_the_data() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text, "run python benchmarks/releases_page.py"
    assert table() in text
