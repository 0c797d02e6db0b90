"""What goes into firmware: the model as a C++ array, its arena's size, its operators, its boundary; manifests."""

from arenafit.export.firmware_sources import Firmware, firmware
from arenafit.export.layouts import SourceLayout, lay_out
from arenafit.export.manifest import MANIFEST_MARGIN_BYTES, Manifest, updated_manifest
from arenafit.export.write import write_files

__all__ = [
    "MANIFEST_MARGIN_BYTES",
    "Firmware",
    "Manifest",
    "SourceLayout",
    "firmware",
    "lay_out",
    "updated_manifest",
    "write_files",
]
