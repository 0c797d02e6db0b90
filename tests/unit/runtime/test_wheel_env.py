"""The environments of other wheels: found in the cache, made by pip, or refused in one line."""

import platform
import stat
import sys
from pathlib import Path

import pytest

from arenafit.errors import RuntimeUnavailableError
from arenafit.runtime.tflm import OtherWheel, TflmRuntime, tflm_id
from arenafit.runtime.wheel_env import CACHE_VARIABLE, cache_directory, wheel_environment

VERSION = "0.dev20240624135632"
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))


def test_the_cache_is_the_users_unless_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory() == tmp_path / "arenafit"
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "elsewhere"))
    assert cache_directory() == tmp_path / "elsewhere"


@pytest.mark.usefixtures("offline")
def test_what_is_in_the_cache_needs_no_network(cache: Path) -> None:
    for name in (f"{VERSION}-py{OWN}", f"packages-numpy1-py{OWN}"):
        (cache / "tflm" / name).mkdir(parents=True)
    environment = wheel_environment(VERSION, (OWN,))
    assert environment.python == sys.executable
    assert [Path(path).name for path in environment.paths] == [f"{VERSION}-py{OWN}", f"packages-numpy1-py{OWN}"]


@pytest.mark.usefixtures("offline")
def test_without_network_and_cache_it_says_so_and_leaves_nothing(cache: Path) -> None:
    with pytest.raises(RuntimeUnavailableError) as refused:
        wheel_environment(VERSION, (OWN,))
    assert f"tflite-micro {VERSION} is not in the cache ({cache})" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert list((cache / "tflm").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv(CACHE_VARIABLE, str(file))
    with pytest.raises(RuntimeUnavailableError, match=CACHE_VARIABLE):
        wheel_environment(VERSION, (OWN,))


@pytest.mark.usefixtures("cache")
def test_without_a_python_of_the_wheel_its_versions_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeUnavailableError, match=r"exists for CPython 3\.98, 3\.99; this is"):
        wheel_environment(VERSION, ("3.98", "3.99"))


def test_another_python_on_the_path_is_taken_if_it_is_what_its_name_says(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, said in (("python3.98", "3.11"), ("python3.99", "3.99")):
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\necho {said}\n", encoding="utf-8")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    for name in (f"{VERSION}-py3.99", "packages-numpy1-py3.99"):
        (cache / "tflm" / name).mkdir(parents=True)
    assert wheel_environment(VERSION, ("3.98", "3.99")).python == str(tmp_path / "python3.99")


@pytest.mark.usefixtures("cache", "offline")
def test_the_installed_wheel_needs_no_environment() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    assert TflmRuntime(wheel=OtherWheel(tflm_id().version, (OWN,))).id == tflm_id()


def test_other_systems_are_told_that_there_is_no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    with pytest.raises(RuntimeUnavailableError, match="its wheels exist for Linux on x86-64, this is Darwin"):
        TflmRuntime(wheel=OtherWheel(VERSION, (OWN,)))
