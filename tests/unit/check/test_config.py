from fractions import Fraction
from pathlib import Path

import pytest

from arenafit.check import BudgetLimits, load_config, pair, parse_growth
from arenafit.errors import ConfigError


def write(folder: Path, text: str) -> Path:
    file = folder / "arenafit.toml"
    file.write_text(text, encoding="utf-8")
    return file


def models(folder: Path, *names: str) -> list[Path]:
    made = [folder / name for name in names]
    for file in made:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return made


def test_sizes_are_bytes_or_text(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, '[budget]\narena = "64K"\nflash = 1000\ngrowth = "2.5%"\n'))
    assert config.common.limits == BudgetLimits(arena_bytes=65536, flash_bytes=1000, growth=Fraction(25, 1000))


def test_a_named_budget_replaces_what_it_states_and_keeps_the_rest(tmp_path: Path) -> None:
    text = '[budget]\narena = 100\ngrowth = "1%"\n[budget.a]\nmodels = ["m/*.tflite"]\narena = 50\n'
    config = load_config(write(tmp_path, text))
    (model,) = models(tmp_path, "m/x.tflite")
    (check,) = pair(config, [model], BudgetLimits())
    assert (check.budget, check.limits.arena_bytes, check.limits.growth) == ("a", 50, Fraction(1, 100))
    assert check.name == "m/x.tflite"


def test_a_model_has_a_check_per_budget_that_it_matches_or_the_common_one(tmp_path: Path) -> None:
    text = (
        '[budget]\narena = 1\n[budget.a]\nmodels = ["*.tflite"]\nboard = "pico"\n'
        '[budget.b]\nmodels = ["x.tflite"]\nboard = "pico-2"\n'
    )
    config = load_config(write(tmp_path, text))
    checks = pair(config, models(tmp_path, "x.tflite", "y.tflite", "deep/z.tflite"), BudgetLimits())
    assert [(check.name, check.budget) for check in checks] == [
        ("x.tflite", "a"),
        ("x.tflite", "b"),
        ("y.tflite", "a"),
        ("deep/z.tflite", "budget"),
    ]


def test_without_models_the_patterns_say_which(tmp_path: Path) -> None:
    text = '[budget]\narena = 1\nmodels = ["**/*.tflite"]\n'
    models(tmp_path, "b.tflite", "a/a.tflite", "a/readme.md")
    checks = pair(load_config(write(tmp_path, text)), [], BudgetLimits())
    assert [check.name for check in checks] == ["a/a.tflite", "b.tflite"]


def test_options_win_over_the_file(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, '[budget]\narena = 1\nboard = "pico"\nreserve = "2K"\n'))
    (check,) = pair(config, models(tmp_path, "x.tflite"), BudgetLimits(arena_bytes=7, target="cortex-m4"))
    # Another target is another build: the board and its reserve go with it.
    assert check.limits == BudgetLimits(arena_bytes=7, target="cortex-m4")


def test_a_board_file_and_a_baseline_lie_beside_the_configuration(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, '[budget]\nboard = "mine.toml"\nbaseline = "base"\n'))
    assert config.common.limits.board == str(tmp_path / "mine.toml")
    assert config.common.limits.baseline == tmp_path / "base"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[budget", "is not TOML"),
        ("[bugdet]\n", "there is no table 'bugdet'"),
        ("budget = 3\n", "'budget' must be a table"),
        ("[budget]\narenas = 3\n", "there is no key 'arenas'; known are models, arena"),
        ('[budget]\narena = "big"\n', r"\[budget\]: 'big' is not a size"),
        ("[budget]\narena = -1\n", "'arena' must be a number of bytes"),
        ("[budget]\narena = true\n", "'arena' must be a number of bytes"),
        ("[budget]\ngrowth = 3\n", "'growth' must be a text"),
        ('[budget]\ngrowth = "3"\n', "write a percentage"),
        ('[budget]\nmodels = "x"\n', "'models' must be a list"),
        ("[budget.a]\narena = 3\n", "'models' must name the models"),
        ('[budget]\nboard = "pico"\ntarget = "wheel"\n', "a board brings its own target"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_config(write(tmp_path, text))


def test_a_missing_or_unreadable_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is no text in UTF-8"):
        load_config(tmp_path / "bytes.toml")


@pytest.mark.parametrize("pattern", ["none/*.tflite", "/etc/*"])
def test_a_pattern_that_matches_nothing_is_an_error(tmp_path: Path, pattern: str) -> None:
    config = load_config(write(tmp_path, f'[budget]\narena = 1\nmodels = ["{pattern}"]\n'))
    with pytest.raises(ConfigError, match="in arenafit"):
        pair(config, [], BudgetLimits())


def test_a_check_that_could_not_fail_is_an_error(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, '[budget]\ntarget = "wheel"\n'))
    with pytest.raises(ConfigError, match="nothing to check against"):
        pair(config, models(tmp_path, "x.tflite"), BudgetLimits())
    with pytest.raises(ConfigError, match="no model to check"):
        pair(config, [], BudgetLimits())


@pytest.mark.parametrize("text", ["3", "three%", "-3%", "3%%", ""])
def test_growth_is_a_percentage(text: str) -> None:
    assert parse_growth(" 0.5 % ") == Fraction(1, 200)
    with pytest.raises(ConfigError):
        parse_growth(text)
