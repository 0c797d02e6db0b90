"""Publishes the JSON Schemas of what ``--json`` prints, as ``schemas/NAME.schema.json``; they are made from the code.

MkDocs calls `on_post_build`; run as a script it writes them to the folder named.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arenafit.report.documents.schema import document_types, schema_of


def on_post_build(config: Mapping[str, Any], **_: object) -> None:
    """Write the schemas into the site."""
    write(Path(config["site_dir"]) / "schemas")


def write(folder: Path) -> None:
    """Write a schema for each document."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, kind in document_types().items():
        text = json.dumps(schema_of(kind), indent=2)
        (folder / f"{name}.schema.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
