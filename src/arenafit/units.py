"""Sizes in bytes: alignment, parsing ("64K") and printing ("1,473,136")."""

import re

from arenafit.errors import ArenafitError

# TFLM's MicroArenaBufferAlignment (tensorflow/lite/micro/micro_arena_constants.h).
ARENA_ALIGNMENT_BYTES = 16

_LARGEST_BYTES = 1 << 63
_SHOWN = 40
_SUFFIXES = {"": 1, "B": 1, "K": 1024, "KB": 1024, "KIB": 1024, "M": 1024**2, "MB": 1024**2, "MIB": 1024**2}
_SIZE = re.compile(r"\s*([0-9][0-9_,]*(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*")
_TIME = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([smh]?)\s*")


def align_up(value: int, alignment: int) -> int:
    """Return the smallest multiple of `alignment` that is at least `value`."""
    return -(-value // alignment) * alignment


def align_down(value: int, alignment: int) -> int:
    """Return the largest multiple of `alignment` that is at most `value`."""
    return value // alignment * alignment


def parse_size(text: str) -> int:
    """Return the bytes that a size like ``65536``, ``64K``, ``64KB``, ``1.5M`` names (K = 1024).

    Raises:
        ArenafitError: if the text is not such a size.
    """
    match = _SIZE.fullmatch(text)
    scale = _SUFFIXES.get(match.group(2).upper()) if match else None
    if match is None or scale is None:
        raise ArenafitError(f"'{text}' is not a size: write bytes (65536) or a number with K or M (64K, 1.5M)")
    size_bytes = float(re.sub("[_,]", "", match.group(1))) * scale
    if size_bytes > _LARGEST_BYTES:
        raise ArenafitError(f"'{text[:_SHOWN]}' is larger than any memory")
    return int(size_bytes)


def format_count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is one: ``1 operator``, ``2,738 channels``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def format_size(size_bytes: int) -> str:
    """Return the exact byte count with thousands separators, as embedded engineers compare it: ``85,264``."""
    return f"{size_bytes:,}"


def parse_seconds(text: str) -> float:
    """Return the seconds that a time like ``90``, ``90s``, ``15m``, ``2h`` names.

    Raises:
        ArenafitError: if the text is no such time.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise ArenafitError(f"'{text[:_SHOWN]}' is no time: write seconds (90), or a number with s, m or h (15m)")
    return float(match.group(1)) * {"": 1, "s": 1, "m": 60, "h": 3600}[match.group(2)]


def aligned_behind(offset: int, size: int) -> int:
    """Return the least place from `size` on that is aligned in the arena if counting begins `offset` past alignment."""
    return align_up(offset + size, ARENA_ALIGNMENT_BYTES) - offset
