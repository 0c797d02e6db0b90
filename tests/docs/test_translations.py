"""A translation is held to its original: the same commands, the same figures, the same sections, the same links."""

import itertools
import re
from pathlib import Path

import pytest

from support.snippets import ROOT, blocks

FIRST_STEPS = ("start-esp32", "start-arduino", "start-stm32", "start-microwakeword")
PAIRS = [
    (ROOT / "README.md", ROOT / "README.zh-CN.md"),
    (ROOT / "docs" / "tutorial.md", ROOT / "docs" / "tutorial.zh-CN.md"),
    *((ROOT / "docs" / f"{name}.md", ROOT / "docs" / f"{name}.zh-CN.md") for name in FIRST_STEPS),
    *((ROOT / "docs" / f"{name}.md", ROOT / "docs" / f"{name}.zh-CN.md") for name in ("index", "faq", "ci")),
    (ROOT / "docs" / "memories.md", ROOT / "docs" / "memories.zh-CN.md"),
    (ROOT / "docs" / "digits.md", ROOT / "docs" / "digits.zh-CN.md"),
]
FIGURE = re.compile(r"\d[\d,.]*\d|\d")
LINK = re.compile(r"\]\(([^)]+)\)")
CODE = re.compile(r"`([^`\n]+)`")


def prose(page: Path) -> str:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    # A place that links lead to keeps the original's name.
    return re.sub(r'<!--.*?-->|<a id="[^"]*"></a>', "", text)


def headings(page: Path) -> list[int]:
    return [len(line) - len(line.lstrip("#")) for line in prose(page).splitlines() if line.startswith("#")]


def links(page: Path) -> list[str]:
    # Each links to the other; other pages count in the language they are in.
    found = (link.replace(".zh-CN.md", ".md") for link in LINK.findall(prose(page)))
    return sorted({link for link in found if not link.startswith("README")})


@pytest.mark.parametrize(("original", "translation"), PAIRS, ids=lambda page: page.name)
def test_a_translation_says_what_the_original_says(original: Path, translation: Path) -> None:
    def commands(page: Path) -> list[tuple[str, str, str]]:
        return [block[:3] for block in blocks(page.read_text(encoding="utf-8"))]

    assert commands(translation) == commands(original)
    assert headings(translation) == headings(original)
    assert links(translation) == links(original)
    assert sorted(set(CODE.findall(prose(translation)))) == sorted(set(CODE.findall(prose(original))))


@pytest.mark.parametrize(("original", "translation"), PAIRS, ids=lambda page: page.name)
def test_a_translation_has_the_same_figures(original: Path, translation: Path) -> None:
    def figures(page: Path) -> list[str]:
        return sorted(FIGURE.findall(re.sub(LINK, "", prose(page))))

    assert figures(translation) == figures(original)
    assert re.search(r"[\u4e00-\u9fff]", prose(translation))


BLOCK = re.compile(r"\s*([-*#|>!<]|\d+\. |$)")
PAGES = sorted({translation for _, translation in PAIRS})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_line_of_a_chinese_paragraph_is_wrapped(page: Path) -> None:
    # A line's end is shown as a blank, which has no place between Chinese characters.
    lines = prose(page).splitlines()
    wrapped = [
        after
        for before, after in itertools.pairwise(lines)
        if before.strip() and not before.startswith(("#", "|", "<")) and not BLOCK.match(after)
    ]
    assert wrapped == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_terms_are_the_ones_that_were_fixed(page: Path) -> None:
    # Fitting a model is 适配, rewriting it 改写; 拟合 is what coefficients are.
    assert not re.findall("重写|拟合(?!而来)", prose(page))
