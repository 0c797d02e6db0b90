import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "arenafit"
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_stands_in_the_contract_and_in_the_documentation(room: str) -> None:
    layers = next(contract["layers"] for contract in CONTRACTS if contract["type"] == "layers")
    assert f"arenafit.{room}" in {name.strip() for layer in layers for name in layer.split("|")}
    assert f"`{room}`" in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
