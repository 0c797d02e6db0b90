"""The C++ of a model that is fed by rows: what takes lines as they come, quantises them, and invokes in time."""

from arenafit.export.cpp_text import header, joined, origin
from arenafit.export.firmware_sources import Firmware
from arenafit.export.rows_conversion_cpp import PIXELS, FedRows, number, other_rows, pixels_in_place, quantiser, rows_of

_TFLM = "tensorflow/lite/micro"


def feeder_header(rows: FedRows) -> str:
    """Return the declaration of the class that is fed."""
    feed, kind = rows.feed, rows.kind
    padding = []
    if feed.padding is not None:
        value = number(feed.padding, kind)
        padding = [f"// What rows outside the frame hold: it writes them itself.\nconstexpr {kind} kPadding = {value};"]
    pixels = []
    if rows.takes_pixels and kind != "uint8_t":
        pixels = [
            "",
            "  // The same with pixels from 0 to 255, made what the model stores on the way:",
            f"  // {PIXELS[rows.port.dtype]}, or what PixelsFrom says.",
            "  TfLiteStatus FeedRows(const uint8_t* pixels, int count = 1);",
        ]
    if rows.takes_pixels:
        pixels += [
            "  // Which real values the pixels 0 and 255 stand for, -1 and 1 say; else they are taken as they are.",
            "  void PixelsFrom(float at_0, float at_255);",
        ]
    reals = []
    if rows.takes_reals:
        reals = [
            "",
            "  // The same with real values, quantised on the way.",
            "  TfLiteStatus FeedRows(const float* values, int count = 1);",
        ]
    others = [item for item in rows.made.boundaries if item.role == "input" and item.index != feed.position]
    beside = ["// The other inputs are written whole, before the first row of a frame.", ""] if others else []
    body = [
        f"// A frame has kFrameRows rows of kRowElements elements. Every Invoke takes {feed.rows_per_call} of them,"
        if feed.rows_per_call > 1
        else "// A frame has kFrameRows rows of kRowElements elements. Every Invoke takes one of them,",
        f"// beginning with row {feed.first}; a frame takes kCallsPerFrame Invokes, the last of which yields outputs.",
        f"constexpr int kFrameRows = {feed.rows};",
        f"constexpr int kRowElements = {feed.row_elements};",
        f"constexpr int kRowsPerCall = {feed.rows_per_call};",
        f"constexpr int kCallsPerFrame = {feed.calls};",
        f"constexpr int kFirstRow = {feed.first};",
        *padding,
        "",
        *beside,
        "// Takes the rows of a frame in order, as they come, and invokes the model when it has enough of them.",
        "// Nothing else may invoke it, or use the arena in between: what the model knows of the frame stands there.",
        "class RowsFeeder {",
        " public:",
        "  // `interpreter` has its tensors allocated.",
        "  explicit RowsFeeder(tflite::MicroInterpreter& interpreter);",
        "",
        "  // Takes the next `count` rows of the frame, as the model stores them; after the last row of one comes",
        "  // the first of the next. An error of TFLM leaves the frame as it is: Restart then.",
        f"  TfLiteStatus FeedRows(const {kind}* rows, int count = 1);",
        *pixels,
        *reals,
        "",
        "  // Whether the outputs of a frame are there. They hold until the next row is fed.",
        "  bool Done() const { return call_ == kCallsPerFrame; }",
        "",
        "  // The row of the frame that is to be fed next.",
        "  int NextRow() const { return row_ % kFrameRows; }",
        "",
        "  // Gives a frame up: the next row is the first of a new one.",
        "  TfLiteStatus Restart();",
        "",
        " private:",
        f"  {kind}* Place();",
        "  TfLiteStatus Begin();",
        "  TfLiteStatus Taken();",
        "  TfLiteStatus Outside();",
        "  TfLiteStatus Advance();",
        *(["  TfLiteStatus Finish();"] if rows.anew == "Finish()" else []),
        "",
        "  tflite::MicroInterpreter& interpreter_;",
        "  int row_;   // of the frame, to come next",
        "  int slot_;  // rows written for the next Invoke",
        "  int call_;  // Invokes of this frame so far",
        *(["  float at_0_;  // of pixels", "  float step_;  // 0: as they are"] if rows.takes_pixels else []),
        "};",
    ]
    includes = ["<cstdint>", "", f'"{_TFLM}/micro_interpreter.h"']
    return header(rows.made, "ROWS_FEEDER", includes, body, namespace=True)


def feeder_source(rows: FedRows) -> str:
    """Return the definition of the class that is fed."""
    kind, position = rows.kind, rows.feed.position
    fill = "  for (int i = 0; i < kRowElements; ++i) place[i] = kPadding;" if rows.feed.padding is not None else ""
    members = ", at_0_(0.0f), step_(0.0f)" if rows.takes_pixels else ""
    lines = [
        *origin(rows.made),
        "",
        '#include "rows_feeder.h"',
        "",
        *(["#include <cmath>"] if rows.takes_reals else []),
        "#include <cstring>",
        "",
        f"namespace {rows.made.name} {{",
        *quantiser(rows),
        "",
        "RowsFeeder::RowsFeeder(tflite::MicroInterpreter& interpreter)",
        f"    : interpreter_(interpreter), row_(0), slot_(0), call_(0){members} {{}}",
        "",
        f"{kind}* RowsFeeder::Place() {{",
        f"  return static_cast<{kind}*>(interpreter_.input({position})->data.data) + slot_ * kRowElements;",
        "}",
        "",
        "TfLiteStatus RowsFeeder::Advance() {",
        "  if (++slot_ < kRowsPerCall) return kTfLiteOk;",
        "  slot_ = 0;",
        "  if (interpreter_.Invoke() != kTfLiteOk) return kTfLiteError;",
        "  ++call_;",
        "  return kTfLiteOk;",
        "}",
        "",
        "TfLiteStatus RowsFeeder::Outside() {",
        *([f"  {kind}* place = Place();", fill] if fill else []),
        "  return Advance();",
        "}",
        "",
        "TfLiteStatus RowsFeeder::Begin() {",
        "  if (row_ == kFrameRows) {",
        "    row_ = slot_ = call_ = 0;",
        "  }",
        "  if (row_ != 0) return kTfLiteOk;",
        "  for (int row = kFirstRow; row < 0; ++row) {",
        "    if (Outside() != kTfLiteOk) return kTfLiteError;",
        "  }",
        "  return kTfLiteOk;",
        "}",
        "",
        "TfLiteStatus RowsFeeder::Taken() {",
        "  // Rows that nothing hangs on: those before the first, and those after the last Invoke.",
        "  const bool used = row_ >= kFirstRow && !Done();",
        "  ++row_;",
        "  if (used && Advance() != kTfLiteOk) return kTfLiteError;",
        "  while (row_ == kFrameRows && !Done()) {",
        "    if (Outside() != kTfLiteOk) return kTfLiteError;",
        "  }",
        "  return kTfLiteOk;",
        "}",
        "",
        f"TfLiteStatus RowsFeeder::FeedRows(const {kind}* rows, int count) {{",
        "  for (int i = 0; i < count; ++i, rows += kRowElements) {",
        "    if (Begin() != kTfLiteOk) return kTfLiteError;",
        *pixels_in_place(rows),
        f"    if (!Done()) std::memcpy(Place(), rows, kRowElements * sizeof({kind}));",
        "    if (Taken() != kTfLiteOk) return kTfLiteError;",
        "  }",
        "  return kTfLiteOk;",
        "}",
        "",
        *other_rows(rows),
        *_restart(rows),
        f"}}  // namespace {rows.made.name}",
    ]
    return joined(lines)


def _restart(rows: FedRows) -> list[str]:
    if rows.anew != "Finish()":
        return [
            "TfLiteStatus RowsFeeder::Restart() {",
            "  row_ = slot_ = call_ = 0;",
            "  return interpreter_.Reset();",
            "}",
            "",
        ]
    return [
        "TfLiteStatus RowsFeeder::Finish() {",
        "  while ((call_ != 0 || slot_ != 0) && !Done()) {",
        "    if (Outside() != kTfLiteOk) return kTfLiteError;",
        "  }",
        "  return kTfLiteOk;",
        "}",
        "",
        "TfLiteStatus RowsFeeder::Restart() {",
        "  // The state is begun anew at the end of a frame alone: what is left of this one runs on nothing.",
        "  const TfLiteStatus status = Finish();",
        "  row_ = slot_ = call_ = 0;",
        "  return status;",
        "}",
        "",
    ]


def usage_lines(made: Firmware, camel: str) -> list[str]:
    """Return the lines of the usage sketch that feed a model, for a camera that delivers lines."""
    rows = rows_of(made)
    if rows is None:
        return []
    line = rows.line_kind
    return [
        "// For every line that the camera (or the microphone's front end) delivers, from the first of a frame to the",
        "// last. True once the frame is over: interpreter.output(0)->data then holds what the model found, until the",
        "// next line is fed.",
        f"bool {camel}Line({made.name}::RowsFeeder& feeder, const {line}* line) {{",
        "  if (feeder.FeedRows(line) != kTfLiteOk) {",
        "    feeder.Restart();",
        "    return false;",
        "  }",
        "  return feeder.Done() && feeder.NextRow() == 0;",
        "}",
    ]
