"""Releases of TFLM that people have: by month, by product, and the wheel of PyPI that can bear witness for each.

`find_release` reads what a user names: a month (``2024-06``), ``oldest``, ``newest``, a product (``arduino``) or a
version of one (``esp-tflite-micro@1.3``). Data: tflm_wheels.toml, tflm_releases.toml.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from arenafit.errors import TargetError
from arenafit.targets.target import WHEEL, Target

_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
# Wheels are built with TF_LITE_STATIC_MEMORY since 2f1f185bb and with USE_TFLM_COMPRESSION since 9f409bb8f.
_WHEEL_STATIC_MEMORY_SINCE = "2024-12-05"
_WHEEL_COMPRESSION_SINCE = "2025-08-04"
_PREFIX = "0.dev"


@dataclass(frozen=True, slots=True)
class Wheel:
    """A tflite-micro wheel: its version, which holds the time of the commit it was built from, and its Pythons."""

    version: str
    pythons: tuple[str, ...]

    @property
    def date(self) -> str:
        """The day of the commit, such as ``2024-06-24``."""
        return _date_of(self.version)

    @property
    def target(self) -> Target:
        """What a model is priced for to be compared with a measurement in this wheel."""
        return wheel_target(self.version)


@dataclass(frozen=True, slots=True)
class ProductRelease:
    """A version of something that carries TFLM, and which TFLM that is. `source` is where that can be read."""

    product: str
    version: str
    tflm: str  # the day of TFLM's newest change in it
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """Something that carries TFLM, its versions oldest first. `export` names what `arenafit export` calls it."""

    name: str
    title: str
    releases: tuple[ProductRelease, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """A TFLM as a user names it.

    `tflm` is a day: what TFLM had by then, it has. `wheel` is the newest wheel that is not younger; where every wheel
    is younger, the oldest, and `stands_in` is then True.
    """

    name: str
    tflm: str
    wheel: Wheel
    stands_in: bool
    product: ProductRelease | None = None

    def of(self, target: Target) -> Target:
        """Return `target` with this TFLM."""
        return replace(target, tflm=self.tflm)

    def dated(self, target: Target) -> Target:
        """Return `target` with this TFLM; for the wheel, the wheel that bears witness, by the same name."""
        return replace(self.wheel.target, name=target.name) if target == WHEEL else self.of(target)


@cache
def wheels() -> tuple[Wheel, ...]:
    """Return the wheels of PyPI, oldest first."""
    table = _table("tflm_wheels.toml")
    pythons = [(entry["since"], tuple(entry["series"])) for entry in table["pythons"]]
    stamps = sorted(stamp for month in table["wheels"].values() for stamp in month)
    return tuple(
        Wheel(f"{_PREFIX}{stamp}", next(series for since, series in reversed(pythons) if since <= stamp))
        for stamp in stamps
    )


@cache
def products() -> Mapping[str, Product]:
    """Return what carries TFLM, by name."""
    found = {}
    for name, entry in sorted(_table("tflm_releases.toml").items()):
        rows = tuple(ProductRelease(name, **row) for row in entry["releases"])
        found[name] = Product(name, entry["title"], tuple(sorted(rows, key=lambda row: _version_key(row.version))))
    return found


def find_release(name: str) -> Release:
    """Return the TFLM that `name` names.

    Raises:
        TargetError: if it is no month, or no product or version that is known.
    """
    if name == "oldest":
        return Release(name, wheels()[0].date, wheels()[0], stands_in=False)
    if name == "newest":
        return Release(name, wheels()[-1].date, wheels()[-1], stands_in=False)
    if _MONTH.fullmatch(name):
        # Days of a month compare as text: no day is greater than this.
        wheel, stands_in = _witness(f"{name}-31")
        return Release(name, f"{name}-01" if stands_in else wheel.date, wheel, stands_in)
    product = _find_product(name)
    wheel, stands_in = _witness(product.tflm)
    return Release(name, product.tflm, wheel, stands_in, product)


def untested_wheel(version: str) -> str | None:
    """Return in a clause why a difference on the wheel of this version need not be ours; None where it was tested."""
    newest = wheels()[-1].version
    if not version.startswith(_PREFIX) or _stamp(version) <= _stamp(newest):
        return None
    return f"tflite-micro {version} is newer than {newest}, the newest that this arenafit was tested with"


def _stamp(version: str) -> str:
    return version.removeprefix(_PREFIX).partition("+")[0]


def wheel_target(version: str) -> Target:
    """Return what a model is priced for to be compared with a measurement in the wheel of this version."""
    date = _date_of(version)
    if date >= WHEEL.tflm:
        return WHEEL
    return replace(
        WHEEL,
        name=f"wheel {version}",
        tflm=date,
        static_memory=date >= _WHEEL_STATIC_MEMORY_SINCE,
        compression=date >= _WHEEL_COMPRESSION_SINCE,
    )


def _witness(day: str) -> tuple[Wheel, bool]:
    found = [wheel for wheel in wheels() if wheel.date <= day]
    return (found[-1], False) if found else (wheels()[0], True)


def _find_product(name: str) -> ProductRelease:
    wanted, _, version = name.partition("@")
    known = products().get(wanted)
    if known is None:
        close = difflib.get_close_matches(wanted, products(), n=1, cutoff=0.5)
        hint = f"did you mean {close[0]}? " if close else ""
        raise TargetError(
            f"'{name}' is no TFLM that is known: {hint}name a month (2024-06), oldest, newest, or one of"
            f" {', '.join(products())}, with a version or without"
        )
    found = [row for row in known.releases if not version or f"{row.version}.".startswith(f"{version}.")]
    if not found:
        versions = ", ".join(row.version for row in known.releases)
        raise TargetError(f"the TFLM of {wanted} {version} is not known; of {wanted} there are {versions}")
    return found[-1]


def _version_key(version: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in re.split(r"[.-]", version))


def _date_of(version: str) -> str:
    stamp = version.removeprefix(_PREFIX)
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}"


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files("arenafit.targets").joinpath(name).read_text(encoding="utf-8"))
