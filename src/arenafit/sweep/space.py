"""What may vary: parameters with their values, from a file, from Python, or (elsewhere) from a model."""

import hashlib
import importlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from arenafit.errors import ConfigError
from arenafit.textfiles import parse_toml, read_text

Value: TypeAlias = str | int | float | bool
Params: TypeAlias = dict[str, Value]

# The value of a structural parameter that changes nothing.
KEEP = "keep"
# Parameters that are not about the architecture.
RECIPE, IO = "recipe", "io"
RECIPES = ("int8", "int16x8", "mixed", "float")
IOS = ("int8", "float")
_ALLOWED = {RECIPE: RECIPES, IO: IOS}
# Numbers are sampled as floats of 64 bits, which hold whole numbers up to this.
_LARGEST = 1 << 53


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: `choices`, the default first; or whole numbers from `low` to `high` in steps, the default `high`.

    A parameter of numbers has no choices.
    """

    name: str
    choices: tuple[Value, ...] = ()
    low: int = 0
    high: int = 0
    step: int = 1

    @property
    def default(self) -> Value:
        """What stands for the model as it is."""
        return self.choices[0] if self.choices else self.high

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self.choices) or (self.high - self.low) // self.step + 1

    def holds(self, value: object) -> bool:
        """Return whether `value` is one of its values."""
        if self.choices:
            return any(value == choice and type(value) is type(choice) for choice in self.choices)
        return isinstance(value, int) and self.low <= value <= self.high and (value - self.low) % self.step == 0

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, as `Space.from_json` takes it."""
        if self.choices:
            return {"name": self.name, "choices": list(self.choices)}
        return {"name": self.name, "low": self.low, "high": self.high, "step": self.step}


@dataclass(frozen=True, slots=True)
class Space:
    """The parameters of a sweep, in order."""

    parameters: tuple[Parameter, ...]

    @property
    def size(self) -> int:
        """How many combinations there are."""
        total = 1
        for parameter in self.parameters:
            total *= parameter.count
        return total

    @property
    def defaults(self) -> Params:
        """The combination that stands for the model as it is."""
        return {parameter.name: parameter.default for parameter in self.parameters}

    def as_json(self) -> list[dict[str, Any]]:
        """Return it as plain data."""
        return [parameter.as_json() for parameter in self.parameters]

    @classmethod
    def from_json(cls, data: list[dict[str, Any]]) -> "Space":
        """Return the space that `as_json` gave."""
        return cls(
            tuple(
                Parameter(item["name"], tuple(item["choices"]))
                if "choices" in item
                else Parameter(item["name"], (), item["low"], item["high"], item["step"])
                for item in data
            )
        )


def digest(*parts: object) -> str:
    """Return a name for the content of `parts`: equal content, equal name."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def load_space(source: str) -> Space:
    """Return the space in a ``.toml`` file, or that a Python callable ``module:function`` returns.

    In TOML the parameters stand in a table ``[parameters]``: ``name = [values]``, the first being the default, or
    ``name = { low = 4, high = 32, step = 4 }``. A callable returns the same as a dict.

    Raises:
        ConfigError: naming the parameter and what is wrong.
    """
    path = Path(source)
    module, colon, function = source.partition(":")
    if colon and module and function and not path.exists():
        return space_of(_called(module, function, source), source)
    if not path.is_file():
        raise ConfigError(f"{source}: there is no such file (a callable is written module:function)")
    table = parse_toml(read_text(path, ConfigError), str(path), ConfigError).get("parameters")
    if not isinstance(table, dict):
        raise ConfigError(f"{source}: has no table [parameters]")
    return space_of(table, source)


def space_of(table: object, source: str) -> Space:
    """Return the space that a mapping describes (see `load_space`).

    Raises:
        ConfigError: naming the parameter and what is wrong.
    """
    if not isinstance(table, Mapping) or not table:
        raise ConfigError(f"{source}: names no parameters")
    return Space(tuple(_parameter(str(name), value, source) for name, value in table.items()))


def _parameter(name: str, value: object, source: str) -> Parameter:
    where = f"{source}: parameter '{name}'"
    if isinstance(value, Mapping):
        unknown = set(value) - {"low", "high", "step"}
        numbers = [value.get("low"), value.get("high"), value.get("step", 1)]
        if unknown or not all(type(number) is int for number in numbers):
            raise ConfigError(f"{where}: write {{ low = 4, high = 32, step = 4 }}, whole numbers")
        low, high, step = (int(str(number)) for number in numbers)
        if step < 1 or high < low:
            raise ConfigError(f"{where}: from {low} to {high} in steps of {step} there is nothing")
        if max(-low, high) > _LARGEST:
            raise ConfigError(f"{where}: from {low} to {high} is more than can be sampled: {_LARGEST} is the largest")
        if name in _ALLOWED:
            raise ConfigError(f"{where}: write a list of {', '.join(_ALLOWED[name])}, the default first")
        return Parameter(name, (), low, high - (high - low) % step, step)
    if not isinstance(value, list | tuple) or not value:
        raise ConfigError(f"{where}: write a list of values, the default first, or {{ low, high, step }}")
    wrong = next((item for item in value if not isinstance(item, str | int | float | bool)), None)
    if wrong is not None:
        raise ConfigError(f"{where}: {wrong!r} is neither text nor number")
    allowed = _ALLOWED.get(name)
    odd = None if allowed is None else next((item for item in value if item not in allowed), None)
    if allowed is not None and odd is not None:
        raise ConfigError(f"{where}: '{odd}' is none of {', '.join(allowed)}")
    return Parameter(name, tuple(dict.fromkeys(value)))


def _called(module: str, function: str, source: str) -> object:
    made = loaded(module, function, source)
    try:
        return made()
    except Exception as error:  # noqa: BLE001 - it is the user's code: whatever it raises is news for them
        raise ConfigError(f"{source}: fails: {type(error).__name__}: {error}") from None


def loaded(module: str, function: str, source: str) -> Any:
    """Return a function of the user's; modules are looked for in the current directory, too.

    Raises:
        ConfigError: if there is none, or importing it fails.
    """
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        found = getattr(importlib.import_module(module), function)
    except Exception as error:  # noqa: BLE001 - it is the user's code: whatever it raises is news for them
        raise ConfigError(f"{source}: cannot be imported: {type(error).__name__}: {error}") from None
    finally:
        sys.path.remove(here)
    if not callable(found):
        raise ConfigError(f"{source}: is no function")
    return found
