"""What the application must do for a model that does not take whole inputs."""

from arenafit.ir import Feed, Model, feed_of
from arenafit.units import format_count, format_size


def contract_of(model: Model) -> str:
    """Return in a sentence how a model is fed by rows; empty if it takes whole inputs."""
    feed = feed_of(model)
    return "" if feed is None else contract_sentence(feed, model.main.tensor(model.main.inputs[feed.position]).name)


def contract_sentence(feed: Feed, name: str) -> str:
    """Return in a sentence what to do about the input called `name`."""
    rows = format_count(feed.rows_per_call, "row")
    begin = "" if feed.first == 0 else f", from row {feed.first} on"
    held = "hold anything" if feed.padding is None else f"hold {feed.padding:g}"
    outside = feed.first < 0 or feed.first_row(feed.calls) > feed.rows
    return (
        f"contract: the application writes {rows} of input {feed.position} '{name}' ({format_size(feed.row_elements)}"
        f" elements each) before every Invoke, {format_count(feed.calls, 'Invoke')} for a frame of"
        f" {format_count(feed.rows, 'row')}{begin}{f'; rows outside the frame {held}' if outside else ''}; the outputs"
        " are valid after the last; nothing else may use the arena in between; export writes the class that does it"
    )
