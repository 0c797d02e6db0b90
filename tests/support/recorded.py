"""A prediction in the words of the recording allocator, to set beside a measurement."""

from arenafit.runtime import Category as Title
from arenafit.runtime import Record
from arenafit.tflm import Footprint, TailCategory

TITLES = {
    Title.EVAL_TENSORS: TailCategory.EVAL_TENSORS,
    Title.PERSISTENT_TENSORS: TailCategory.PERSISTENT_TENSORS,
    Title.PERSISTENT_QUANTIZATION: TailCategory.QUANTIZATION,
    Title.PERSISTENT_BUFFERS: TailCategory.PERSISTENT_BUFFERS,
    Title.VARIABLE_BUFFERS: TailCategory.VARIABLES,
    Title.NODES: TailCategory.NODE_AND_REGISTRATIONS,
}


def recorded(footprint: Footprint) -> dict[Title, Record]:
    """Return every category that RecordingMicroAllocator can print; the one for operators stays empty in TFLM."""
    categories = footprint.recording.categories
    found = {Title.OP_DATA: Record(Title.OP_DATA, 0, 0, 0)}
    for title, category in TITLES.items():
        line = categories[category]
        # TFLM leaves out a category that nothing was used of, whatever was counted.
        used = line.used_bytes > 0 or line.requested_bytes > 0
        count = line.count if used else 0
        found[title] = Record(title, line.used_bytes, line.requested_bytes, count)
    return found
