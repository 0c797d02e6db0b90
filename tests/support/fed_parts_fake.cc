// A TFLM that keeps what it knows in the tail, and what it knows of a frame in the head, as the real one does: defines
// what tflm_stubs declares, so that a runner of parts can be run whose first part is fed by rows. A part refuses to run
// unless its tail is as it left it, and scrambles all of the head but its output; the first one also unless what it
// knows of the frame is as it left it, or was begun anew.
#include <cstdio>
#include <cstring>
#include <vector>

#include "model_io.h"
#include "parts_runner.h"
#include "rows_feeder.h"
#include "tensorflow/lite/micro/micro_allocator.h"
#include "tensorflow/lite/schema/schema_generated.h"

using namespace MODEL;

namespace {
const std::size_t kMade[kParts] = {MADE};  // bytes of each part's output
int created = 0;

struct Frame {
  uint32_t calls, sum;
};
struct State {
  uint32_t magic;
  int part;
  uint8_t* head;
  size_t head_bytes;
  uint8_t* tail;
  size_t tail_bytes;
  TfLiteTensor in, out;
};

State* state_of(tflite::MicroAllocator* allocator) { return reinterpret_cast<State*>(allocator); }

bool intact(const State& state) {
  if (state.magic != 0xA5A5A5A5u) return false;
  for (size_t i = sizeof(State); i < state.tail_bytes; ++i) {
    if (state.tail[i] != static_cast<uint8_t>(0x40 + state.part + i * 5)) return false;
  }
  return true;
}

uint8_t of_frame(int frame, int row, int element) { return static_cast<uint8_t>(frame * 37 + row * 11 + element * 3); }
uint32_t more(uint32_t sum, uint8_t byte) { return sum * 31 + byte + 1; }
uint8_t first_made(uint32_t sum, size_t i) { return static_cast<uint8_t>((sum >> (8 * (i % 4))) + i); }
uint8_t computed(const uint8_t* in, size_t count, size_t i, int part) {
  return static_cast<uint8_t>(in[i % count] * 3 + in[(i * 7 + 1) % count] + i + part);
}

alignas(16) uint8_t arena[kArenaBytes];
alignas(16) uint8_t images[kImagesBytes];
PartsRunner runner;

int frames(RowsFeeder& feeder, int first, int count) {
  int8_t row[kRowElements];
  for (int frame = first; frame < first + count; ++frame) {
    uint32_t sum = 0;
    for (int at = 0; at < kFrameRows; ++at) {
      if (feeder.NextRow() == 0 && runner.Begin() != kTfLiteOk) return std::printf("frame %d does not begin\n", frame);
      for (int i = 0; i < kRowElements; ++i) row[i] = static_cast<int8_t>(of_frame(frame, at, i));
      if (feeder.FeedRows(row) != kTfLiteOk) return std::printf("frame %d: row %d was refused\n", frame, at);
      for (int i = 0; i < kRowElements; ++i) sum = more(sum, of_frame(frame, at, i));
    }
    if (!feeder.Done() || runner.Finish() != kTfLiteOk) return std::printf("frame %d is not finished\n", frame);
    std::vector<uint8_t> wanted(kMade[0]);
    for (size_t i = 0; i < wanted.size(); ++i) wanted[i] = first_made(sum, i);
    for (int part = 1; part < kParts; ++part) {
      std::vector<uint8_t> made(kMade[part]);
      for (size_t i = 0; i < made.size(); ++i) made[i] = computed(wanted.data(), wanted.size(), i, part);
      wanted = made;
    }
    if (std::memcmp(runner.Output(0), wanted.data(), wanted.size())) return std::printf("frame %d differs\n", frame);
  }
  return 0;
}
}  // namespace

namespace tflite {
const Model* GetModel(const void* buffer) { return static_cast<const Model*>(buffer); }
uint32_t Model::version() const { return TFLITE_SCHEMA_VERSION; }

MicroAllocator* MicroAllocator::Create(uint8_t* tail, size_t tail_bytes, uint8_t* head, size_t head_bytes,
                                       MemoryPlannerType) {
  State state = {0xA5A5A5A5u, created++, head, head_bytes, tail, tail_bytes, {{nullptr}, 0}, {{nullptr}, 0}};
  std::memcpy(tail, &state, sizeof state);
  return reinterpret_cast<MicroAllocator*>(tail);
}

MicroInterpreter::MicroInterpreter(const Model* model, const MicroOpResolver&, MicroAllocator* allocator,
                                   MicroResourceVariables*)
    : model_(model), allocator_(allocator) {}

TfLiteStatus MicroInterpreter::AllocateTensors() {
  State& state = *state_of(allocator_);
  std::memset(state.head, 0xEE, state.head_bytes);
  const size_t in = state.part == 0 ? kRowsPerCall * kRowElements : kMade[state.part - 1], out = kMade[state.part];
  if (sizeof(Frame) + in + out > state.head_bytes) return kTfLiteError;
  state.in.data.data = state.head + sizeof(Frame);
  state.in.bytes = in;
  state.out.data.data = state.head + state.head_bytes - out;
  state.out.bytes = out;
  for (size_t i = sizeof(State); i < state.tail_bytes; ++i) {
    state.tail[i] = static_cast<uint8_t>(0x40 + state.part + i * 5);
  }
  return Reset();
}

TfLiteTensor* MicroInterpreter::input(size_t) { return &state_of(allocator_)->in; }
TfLiteTensor* MicroInterpreter::output(size_t) { return &state_of(allocator_)->out; }

TfLiteStatus MicroInterpreter::Reset() {
  State& state = *state_of(allocator_);
  if (!intact(state)) return kTfLiteError;
  const Frame anew = {0, 0};
  if (state.part == 0) std::memcpy(state.head, &anew, sizeof anew);
  return kTfLiteOk;
}

TfLiteStatus MicroInterpreter::Invoke() {
  State& state = *state_of(allocator_);
  if (!intact(state)) return kTfLiteError;
  const uint8_t* in = static_cast<const uint8_t*>(state.in.data.data);
  std::vector<uint8_t> out(state.out.bytes, 0x77);
  Frame frame = {0, 0};
  if (state.part == 0) {
    std::memcpy(&frame, state.head, sizeof frame);
    if (frame.calls >= static_cast<uint32_t>(kCallsPerFrame)) return kTfLiteError;
    for (int slot = 0; slot < kRowsPerCall; ++slot) {
      const int row = kFirstRow + static_cast<int>(frame.calls) * kRowsPerCall + slot;
      for (int i = 0; i < kRowElements && row >= 0 && row < kFrameRows; ++i) {
        frame.sum = more(frame.sum, in[slot * kRowElements + i]);
      }
    }
    ++frame.calls;
    for (size_t i = 0; i < out.size() && frame.calls == static_cast<uint32_t>(kCallsPerFrame); ++i) {
      out[i] = first_made(frame.sum, i);
    }
  } else {
    for (size_t i = 0; i < out.size(); ++i) out[i] = computed(in, state.in.bytes, i, state.part);
  }
  std::memset(state.head, 0xAA, state.head_bytes);
  if (state.part == 0) std::memcpy(state.head, &frame, sizeof frame);
  std::memcpy(state.out.data.data, out.data(), out.size());
  return kTfLiteOk;
}

#define DEFINE(method) \
  template <unsigned int N> TfLiteStatus MicroMutableOpResolver<N>::method() { return kTfLiteOk; }
METHODS
template class MicroMutableOpResolver<COUNT>;
}  // namespace tflite

int main() {
  if (runner.Begin() == kTfLiteOk || runner.Finish() == kTfLiteOk) return std::printf("runs before Setup\n");
  if (runner.Setup(arena, images) != kTfLiteOk) return std::printf("Setup failed\n");
  RowsFeeder feeder(runner.First());
  if (frames(feeder, 0, 12)) return 1;
  // A frame that is given up in the middle.
  int8_t row[kRowElements] = {};
  if (runner.Begin() != kTfLiteOk) return std::printf("does not begin\n");
  for (int i = 0; i < kFrameRows / 2; ++i) feeder.FeedRows(row);
  if (feeder.Restart() != kTfLiteOk || frames(feeder, 12, 3)) return std::printf("after a restart\n");
  return 0;
}
