"""Python environments for other wheels of tflite-micro: made on first use by pip, kept in the user's cache.

An environment is a directory with the wheel and one, shared by several wheels, with the packages it needs. What wheels
before 2026-08 import of `tensorflow`, for functions that nothing here calls, is a stand-in. Both directories go in
front of everything else that a child process of the right Python can import.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from arenafit.errors import RuntimeUnavailableError

CACHE_VARIABLE = "ARENAFIT_CACHE"
_INSTALL_SECONDS = 600.0
_ASK_SECONDS = 20.0
# By the first time stamp of the wheels that need them. NumPy 2 does not load into wheels built against NumPy 1.
_PACKAGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("0", "numpy1", ("numpy<2", "flatbuffers")),
    ("20250305", "numpy2", ("numpy", "flatbuffers")),
    ("20250708", "compression", ("numpy", "flatbuffers", "bitarray", "absl-py", "pyyaml")),
)
_STAND_IN = {
    "tensorflow/__init__.py": "",
    "tensorflow/python/__init__.py": "",
    "tensorflow/python/platform/__init__.py": "from . import gfile\n",
    "tensorflow/python/platform/gfile.py": "",
    "tensorflow/python/util/__init__.py": "",
    "tensorflow/python/util/all_util.py": "def remove_undocumented(*_):\n    pass\n",
}


@dataclass(frozen=True, slots=True)
class WheelEnvironment:
    """What starts a child on a wheel: an interpreter and the directories it imports from first."""

    python: str
    paths: tuple[str, ...]


def cache_directory() -> Path:
    """Return where environments are kept: ``$ARENAFIT_CACHE``, or ``arenafit`` in the user's cache directory."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "arenafit"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "arenafit"


def wheel_environment(version: str, pythons: tuple[str, ...]) -> WheelEnvironment:
    """Return the environment of the wheel `version`, made now if it is not in the cache.

    Args:
        version: such as ``0.dev20240624135632``.
        pythons: the CPython versions it exists for, such as ``3.11``.

    Raises:
        RuntimeUnavailableError: if no such Python is here, or the wheel is not in the cache and cannot be downloaded.
    """
    python, series = _interpreter(version, pythons)
    root = cache_directory() / "tflm"
    stamp = version.removeprefix("0.dev")
    _, name, packages = next(entry for entry in reversed(_PACKAGES) if stamp >= entry[0])
    wheel = root / f"{version}-py{series}"
    shared = root / f"packages-{name}-py{series}"
    _provide(wheel, python, (f"tflite-micro=={version}",), version)
    _provide(shared, python, packages, version)
    return WheelEnvironment(python, (str(wheel), str(shared)))


def _interpreter(version: str, pythons: tuple[str, ...]) -> tuple[str, str]:
    """Return an interpreter of one of the versions, this one if it is, and its version."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    if own in pythons:
        return sys.executable, own
    for series in pythons:
        found = shutil.which(f"python{series}")
        if found is not None and _version_of(found) == series:
            return found, series
    raise RuntimeUnavailableError(
        f"tflite-micro {version} exists for CPython {', '.join(pythons)}; this is {own}, and none of"
        f" {', '.join(f'python{series}' for series in pythons)} is on the path: install one of them"
    )


def _version_of(python: str) -> str | None:
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [python, "-c", question], capture_output=True, text=True, timeout=_ASK_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _provide(directory: Path, python: str, packages: tuple[str, ...], version: str) -> None:
    """Have `directory` hold the packages; another process may be making it at the same time."""
    if directory.is_dir():
        return
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=directory.parent) as scratch:
            made = Path(scratch) / "made"
            _install(python, packages, made, version)
            for name, text in _STAND_IN.items():
                file = made / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            _take(made, directory)
    except OSError as error:
        raise RuntimeUnavailableError(
            f"the cache directory {directory.parent} cannot be written: {error.strerror or error}; set {CACHE_VARIABLE}"
        ) from error


def _take(made: Path, directory: Path) -> None:
    try:
        made.rename(directory)
    except OSError:
        # Whoever was first has put the same there.
        if not directory.is_dir():
            raise


def _install(python: str, packages: tuple[str, ...], target: Path, version: str) -> None:
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]
    command += ["--only-binary", ":all:", "--target", str(target), *packages]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise _missing(version, packages, f"pip took longer than {_INSTALL_SECONDS:g} s") from None
    if done.returncode or not target.is_dir():
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        raise _missing(version, packages, lines[-1] if lines else f"pip ended with code {done.returncode}")


def _missing(version: str, packages: tuple[str, ...], said: str) -> RuntimeUnavailableError:
    return RuntimeUnavailableError(
        f"tflite-micro {version} is not in the cache ({cache_directory()}) and cannot be installed there"
        f" ({' '.join(packages)}): {said}; it is downloaded once, so connect this machine, or copy that directory from"
        " one that is"
    )
