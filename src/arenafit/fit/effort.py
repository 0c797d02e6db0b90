"""How much work a search may do: named efforts and plain numbers."""

from collections.abc import Mapping

from arenafit.errors import ConfigError

# In thousands of steps (see `planning.work`): what `--effort` takes as a number, too.
EFFORTS: Mapping[str, int] = {"fast": 4_000, "default": 32_000, "thorough": 640_000}
_STEPS = 1000
_MOST_DIGITS = 18
_SHOWN = 40


def effort_steps(effort: str | int) -> int:
    """Return the steps that an effort allows: one of `EFFORTS`, or a number of thousands of steps.

    Raises:
        ConfigError: if it is neither.
    """
    if isinstance(effort, str):
        known = EFFORTS.get(effort)
        if known is None and not (effort.isascii() and effort.isdigit() and len(effort) <= _MOST_DIGITS):
            raise ConfigError(
                f"'{effort[:_SHOWN]}' is no effort: write {', '.join(EFFORTS)}, or a number such as 50000"
            )
        return _STEPS * (int(effort) if known is None else known)
    if effort < 0:
        raise ConfigError(f"{effort} is no effort: it is less than nothing")
    return _STEPS * effort
