"""The kinds of structural change, found by walking this directory, and settings such as ``pool#1.window=8``."""

from collections.abc import Iterator, Sequence
from functools import cache

from arenafit.errors import ConfigError, UnsupportedModelError
from arenafit.ir import Model
from arenafit.registry import discover
from arenafit.structure.naming import find_op
from arenafit.structure.protocol import WHOLE, Change, Structural

_INPUT = "input"


@cache
def kinds() -> dict[str, Structural]:
    """Return every kind of change by name."""
    return {kind.name: kind for kind in discover("arenafit.structure", "CHANGE", _accept)}


def _accept(value: object) -> Structural:
    if not isinstance(value, Structural):
        raise TypeError(f"{value!r} is no kind of structural change")
    return value


def proposals(model: Model) -> Iterator[Change]:
    """Yield every change worth a look in the main graph of `model`."""
    for kind in kinds().values():
        yield from kind.propose(model)


def parse_setting(model: Model, text: str) -> Change:
    """Return the change that ``NAME.KEY=VALUE`` asks for.

    Raises:
        ConfigError: naming what is known instead.
    """
    setting, mark, value = (part.strip() for part in text.partition("="))
    if not mark or not value:
        raise ConfigError(f"'{text}' is no setting: write it like pool#1.window=8 or input=0.5")
    name, _, key = setting.rpartition(".")
    whole = setting == _INPUT or name in (WHOLE, _INPUT)
    known = {kind.key: kind for kind in kinds().values()}
    if key not in known:
        raise ConfigError(f"'{setting}': there is no '{key}' to set; known are {', '.join(sorted(known))}")
    if not whole and not name:
        raise ConfigError(f"'{setting}': say of which operator, such as conv#0.{key}")
    return known[key].parse(model, None if whole else find_op(model.main, name), value)


def apply_changes(model: Model, changes: Sequence[Change]) -> Model:
    """Return the model with the changes made one after another.

    Raises:
        UnsupportedModelError: if one cannot be made, or the weights of two do not go together.
    """
    for change in changes:
        try:
            model = kinds()[change.kind].apply(model, change)
        except (ValueError, IndexError, TypeError, KeyError) as error:
            raise UnsupportedModelError(f"{change.text}: the model's form does not take it ({error})") from None
    return model
