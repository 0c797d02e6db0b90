"""What every C++ source that is written has in common: its beginning, its guard, what may stand in a comment."""

import re
from collections.abc import Sequence

from arenafit._version import __version__
from arenafit.export.firmware_sources import Firmware


def header(
    made: Firmware,
    name: str,
    includes: list[str],
    body: list[str],
    *,
    before: Sequence[str] = (),
    namespace: bool = False,
) -> str:
    """Return a header with its guard, `before` and then `body`, the latter in the model's namespace or not."""
    guard = f"{made.name.upper()}_{name}_H_"
    inside = [f"namespace {made.name} {{", "", *body, "", f"}}  // namespace {made.name}"] if namespace else body
    lines = [
        *origin(made),
        "",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        *(f"#include {include}" if include else "" for include in includes),
        *([""] if includes else []),
        *before,
        *inside,
        "",
        f"#endif  // {guard}",
    ]
    return joined(lines)


def origin(made: Firmware, *, do_not_edit: bool = True) -> list[str]:
    """Return the lines that say what a file was made of and for."""
    target = made.target
    place = f"{target.name} ({target.abi.value}, {target.kernels.name} kernels, TFLM {target.tflm})"
    return [
        f"// Made by arenafit {__version__} from {comment(made.file_name)}{'; do not edit.' if do_not_edit else '.'}",
        f"// sha256 {made.sha256}",
        f"// for {comment(made.board + ', ' if made.board else '')}{comment(place)}",
    ]


def comment(text: str) -> str:
    """Return the text as it may stand in a comment of one line."""
    # A backslash at the end of a line would make code of the next one a comment, too.
    return re.sub(r"[^ -\[\]-~]", "?", text)


def literal(text: str) -> str:
    """Return the inside of a C++ string literal with exactly the bytes of `text`."""
    # Octal escapes end after three digits, whatever follows; "??" could begin a trigraph.
    plain = re.compile(r"[ !#->@-\[\]-~]")
    return "".join(
        chr(byte) if plain.fullmatch(chr(byte)) else f"\\{byte:03o}" for byte in text.encode("utf-8", "surrogateescape")
    )


def joined(lines: list[str]) -> str:
    """Return the lines as a file."""
    return "\n".join(lines) + "\n"
