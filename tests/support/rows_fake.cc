// A TFLM whose interpreter remembers what it is given: defines what tflm_stubs declares, so that a feeder can be run.
// Every Invoke scrambles the rows it was given, as the real one does.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

#include "rows_feeder.h"

using namespace MODEL;
typedef ELEMENT Element;

namespace {
Element rows[kRowsPerCall * kRowElements];
TfLiteTensor tensor = {{rows}, sizeof rows};
std::vector<std::vector<Element> > given;
bool fails = false;

Element of_frame(int frame, int row, int element) {
  return static_cast<Element>((frame * 37 + row * 11 + element * 3) % 100);
}

int differs(int frame, int calls) {
  if (static_cast<int>(given.size()) != calls) return std::printf("%d calls, not %d\n", (int)given.size(), calls);
  for (int call = 0; call < calls; ++call) {
    for (int slot = 0; slot < kRowsPerCall; ++slot) {
      const int row = kFirstRow + call * kRowsPerCall + slot;
      for (int i = 0; i < kRowElements; ++i) {
        const Element found = given[call][slot * kRowElements + i];
        if (row >= 0 && row < kFrameRows && found != of_frame(frame, row, i)) return std::printf("row %d differs\n", row);
        PADDED
      }
    }
  }
  return 0;
}

int frames(RowsFeeder& feeder, int first, int count) {
  Element row[2 * kRowElements];
  for (int frame = first; frame < first + count; ++frame) {
    given.clear();
    // One row, then two at once where there are two left.
    for (int at = 0; at < kFrameRows;) {
      const int taken = at % 3 == 1 && at + 1 < kFrameRows ? 2 : 1;
      if (feeder.NextRow() != at) return std::printf("row %d is next, not %d\n", feeder.NextRow(), at);
      for (int i = 0; i < taken * kRowElements; ++i) row[i] = of_frame(frame, at + i / kRowElements, i % kRowElements);
      if (feeder.FeedRows(row, taken) != kTfLiteOk) return std::printf("a row was refused\n");
      at += taken;
      if (at < kFrameRows && feeder.Done() && EVERY_ROW_COUNTS) return std::printf("done before the last row\n");
    }
    if (!feeder.Done() || feeder.NextRow() != 0) return std::printf("not done after the last row\n");
    if (differs(frame, kCallsPerFrame)) return 1;
  }
  return 0;
}
}  // namespace

namespace tflite {
MicroInterpreter::MicroInterpreter(const Model*, const MicroOpResolver&, uint8_t*, size_t, MicroResourceVariables*) {}
TfLiteTensor* MicroInterpreter::input(size_t index) { return index == POSITION ? &tensor : nullptr; }
TfLiteStatus MicroInterpreter::Invoke() {
  if (fails) return kTfLiteError;
  given.push_back(std::vector<Element>(rows, rows + kRowsPerCall * kRowElements));
  std::memset(rows, 0x55, sizeof rows);
  return kTfLiteOk;
}
TfLiteStatus MicroInterpreter::Reset() { return kTfLiteOk; }
}  // namespace tflite

int main() {
  tflite::MicroMutableOpResolver<1> resolver;
  tflite::MicroInterpreter interpreter(nullptr, resolver, static_cast<uint8_t*>(nullptr), 0);
  RowsFeeder feeder(interpreter);
  if (frames(feeder, 0, 4)) return 1;
  // A frame that is given up, and one that fails in the middle.
  Element row[kRowElements] = {};
  for (int i = 0; i < kFrameRows / 2; ++i) feeder.FeedRows(row);
  if (feeder.Restart() != kTfLiteOk || frames(feeder, 4, 2)) return std::printf("after a restart\n");
  fails = true;
  TfLiteStatus status = kTfLiteOk;
  for (int i = 0; i < kFrameRows && status == kTfLiteOk; ++i) status = feeder.FeedRows(row);
  if (status == kTfLiteOk) return std::printf("the error was swallowed\n");
  fails = false;
  if (feeder.Restart() != kTfLiteOk || frames(feeder, 6, 2)) return std::printf("after an error\n");
  CONVERTED
  return 0;
}
