"""The version, for the rooms that must not import the package's root."""

__version__ = "0.1.0"
