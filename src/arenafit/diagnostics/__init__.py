"""What TFLM prints when something is wrong: the messages it knows, recognised in a log."""

from arenafit.diagnostics.log import Match, read_log
from arenafit.diagnostics.registry import Kind, Message, load_messages

__all__ = ["Kind", "Match", "Message", "load_messages", "read_log"]
