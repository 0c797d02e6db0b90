"""What the class that is fed makes of rows: pixels, real values, and what the model stores of them, in C++."""

from dataclasses import dataclass

from arenafit.errors import UnsupportedModelError
from arenafit.export.firmware_sources import BoundaryTensor, Firmware
from arenafit.ir import Feed

_TYPES = {"float32": "float", "float64": "double", "bool": "bool"} | {
    kind: f"{kind}_t" for kind in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
}
_LIMITS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}
# What a pixel of 0 to 255 is stored as where nothing else is said.
PIXELS = {"int8": "pixel - 128", "uint8": "pixel", "float32": "pixel / 255.0f"}


@dataclass(frozen=True, slots=True)
class FedRows:
    """The input that is fed, as C++ sees it."""

    made: Firmware
    feed: Feed
    port: BoundaryTensor
    anew: str  # the statement that begins a frame anew

    @property
    def kind(self) -> str:
        """The C++ type of what the model stores."""
        return _TYPES[self.port.dtype]

    @property
    def line_kind(self) -> str:
        """The C++ type of what a camera or a front end delivers."""
        return "uint8_t" if self.takes_pixels else self.kind

    @property
    def takes_pixels(self) -> bool:
        """Whether pixels from 0 to 255 may be fed."""
        return self.port.dtype in PIXELS and (self.port.dtype == "float32" or self.port.scale is not None)

    @property
    def takes_reals(self) -> bool:
        """Whether real values may be fed, to be quantised."""
        return self.port.dtype in _LIMITS and self.port.scale is not None


def rows_of(made: Firmware) -> FedRows | None:
    """Return the input of a model that is fed by rows, None if it takes whole inputs.

    Raises:
        UnsupportedModelError: if C++ has no type for what it holds.
    """
    if made.feed is None:
        return None
    port = next(item for item in made.boundaries if (item.role, item.index) == ("input", made.feed.position))
    if port.dtype not in _TYPES:
        raise UnsupportedModelError(f"input '{port.name}' holds {port.dtype}, of which no rows can be fed from C++")
    return FedRows(made, made.feed, port, "interpreter_.Reset()" if "AddCallOnce" not in made.methods else "Finish()")


def pixels_in_place(rows: FedRows) -> list[str]:
    """Nothing, but where the model stores bytes: rows of these may be pixels of another range."""
    if not (rows.takes_pixels and rows.kind == "uint8_t"):
        return []
    return [
        "    if (step_ != 0.0f && !Done()) {",
        "      uint8_t* place = Place();",
        "      for (int j = 0; j < kRowElements; ++j) place[j] = Stored(at_0_ + step_ * rows[j]);",
        "      if (Taken() != kTfLiteOk) return kTfLiteError;",
        "      continue;",
        "    }",
    ]


def quantiser(rows: FedRows) -> list[str]:
    """Return what a real value is stored as, where the model stores integers."""
    if not rows.takes_reals:
        return []
    low, high = _LIMITS[rows.port.dtype]
    prefix = f"kInput{rows.feed.position}"
    return [
        "namespace {",
        "",
        f"constexpr float kScale = {number(rows.port.scale or 1.0, 'float')};  // {prefix}Scale",
        f"constexpr int kZeroPoint = {rows.port.zero_point};",
        "",
        "// What the model stores for a real value.",
        f"{rows.kind} Stored(float value) {{",
        "  const long found = std::lround(value / kScale) + kZeroPoint;",
        f"  return static_cast<{rows.kind}>(found < {low} ? {low} : found > {high} ? {high} : found);",
        "}",
        "",
        "}  // namespace",
    ]


def other_rows(rows: FedRows) -> list[str]:
    """Return the methods that take pixels and real values."""
    lines = []
    if rows.takes_pixels and rows.kind != "uint8_t":
        plain = "static_cast<int8_t>(pixels[j] - 128)" if rows.kind == "int8_t" else "pixels[j] / 255.0f"
        ranged = "at_0_ + step_ * pixels[j]"
        ranged = f"Stored({ranged})" if rows.kind == "int8_t" else ranged
        lines += _converted(rows, "uint8_t", "pixels", f"step_ == 0.0f ? {plain} : {ranged}")
    if rows.takes_pixels:
        lines += [
            "void RowsFeeder::PixelsFrom(float at_0, float at_255) {",
            "  at_0_ = at_0;",
            "  step_ = (at_255 - at_0) / 255.0f;",
            "}",
            "",
        ]
    if rows.takes_reals:
        lines += _converted(rows, "float", "values", "Stored(values[j])")
    return lines


def _converted(rows: FedRows, kind: str, name: str, value: str) -> list[str]:
    return [
        f"TfLiteStatus RowsFeeder::FeedRows(const {kind}* {name}, int count) {{",
        f"  for (int i = 0; i < count; ++i, {name} += kRowElements) {{",
        "    if (Begin() != kTfLiteOk) return kTfLiteError;",
        "    if (!Done()) {",
        f"      {rows.kind}* place = Place();",
        f"      for (int j = 0; j < kRowElements; ++j) place[j] = {value};",
        "    }",
        "    if (Taken() != kTfLiteOk) return kTfLiteError;",
        "  }",
        "  return kTfLiteOk;",
        "}",
        "",
    ]


def number(value: float, kind: str) -> str:
    """Return a number as C++ writes it."""
    if kind not in ("float", "double"):
        return str(int(value))
    text = f"{value:.9g}"
    if text.lstrip("-") in ("inf", "nan"):
        return f"{'-' if value < 0 else ''}__builtin_huge_valf()"
    return f"{text}f" if any(mark in text for mark in ".e") else f"{text}.0f"
