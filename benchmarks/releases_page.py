"""Writes the table of products in docs/releases.md from the data: `python benchmarks/releases_page.py`."""

from pathlib import Path

from arenafit.targets.releases import find_release, products

PAGE = Path(__file__).parents[1] / "docs" / "releases.md"
_BEGIN, _END = "<!-- products -->\n", "<!-- end -->\n"


def table() -> str:
    """Return the rows of all versions of all products, as Markdown."""
    lines = ["| `--tflm` | TFLM of | wheel that bears witness | source |", "|---|---|---|---|"]
    for product in products().values():
        for row in product.releases:
            release = find_release(f"{row.product}@{row.version}")
            stands_in = " (stands in)" if release.stands_in else ""
            note = f"; {row.note}" if row.note else ""
            wheel = f"{release.wheel.version}{stands_in}"
            lines.append(f"| `{row.product}@{row.version}` | {row.tflm} | {wheel} | {row.source}{note} |")
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """Return the page's text with the table as the data has it."""
    before, _, rest = text.partition(_BEGIN)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{rest.partition(_END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
