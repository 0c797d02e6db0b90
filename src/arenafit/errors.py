"""Every error a user can meet: what is wrong, where, and what to do.

Each class carries the exit code the command line maps it to; the codes are documented in docs/exit-codes.md.
"""


class ArenafitError(Exception):
    """Base of all errors arenafit raises on purpose; its text is one line fit for a terminal."""

    exit_code = 1

    def __str__(self) -> str:
        """Return the text on one line; whatever in a name would steer a terminal becomes ``?``."""
        text = super().__str__()
        if text.isprintable():
            return text
        return "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))


class ModelFormatError(ArenafitError):
    """The input is not a readable `.tflite` model (empty, truncated, not a flatbuffer, inconsistent)."""

    exit_code = 3


class UnsupportedModelError(ArenafitError):
    """The model is well-formed but holds something TFLM, or arenafit's exact model of it, does not support."""

    exit_code = 4


class RefusedModelError(UnsupportedModelError):
    """TFLM does not run the model, or computes something else than it means: known before anything is run."""

    exit_code = 14


class RuntimeUnavailableError(ArenafitError):
    """The runtime asked for cannot be had on this machine (no wheel for this platform, a missing extra)."""

    exit_code = 5


class RunnerError(ArenafitError):
    """A runner command broke its protocol; a model that a runtime refuses is a `Refusal`, not this."""

    exit_code = 5


class VerificationError(ArenafitError):
    """A rewritten model did not behave as its rewrite promised when it was run."""

    exit_code = 6


class BudgetError(ArenafitError):
    """The model does not fit the budget that was asked for."""

    exit_code = 7


class OutputError(ArenafitError):
    """The output cannot be written (missing directory, would overwrite the input, no space)."""

    exit_code = 8


class DataError(ArenafitError):
    """Calibration or evaluation data is unusable (shape, dtype, range, count, NaN)."""

    exit_code = 9


class PlanError(ArenafitError):
    """A memory plan breaks its problem's constraints; seeing one means a planner has a defect."""

    exit_code = 10


class ComparisonError(ArenafitError):
    """Prediction and measurement differ; the prediction is wrong and the difference a defect to report."""

    exit_code = 11


class TargetError(ArenafitError):
    """A board or target is unknown, or its description is unusable."""

    exit_code = 12


class PartlyVerifiedError(ArenafitError):
    """A model was written, but only part of what is claimed of it could be proven here."""

    exit_code = 15


class NotVerifiedError(ArenafitError):
    """A model was written, but nothing of what is claimed of it could be proven here."""

    exit_code = 16


class ConfigError(ArenafitError):
    """A configuration file, or what was asked for, is unusable."""

    exit_code = 13


def naming(file: object, error: UnsupportedModelError) -> UnsupportedModelError:
    """Return `error` with the file it is about in front, unless it says so already."""
    text = str(error)
    return error if text.startswith(str(file)) else type(error)(f"{file}: {text}")


# What code that takes a graph as its kernels would take it raises on one that no kernel takes.
MALFORMED = (IndexError, KeyError, ValueError, TypeError, ZeroDivisionError, OverflowError, AttributeError)
