// A TFLM that keeps what it knows in the tail, as the real one does, and computes something simple: defines what
// tflm_stubs declares, so that a runner of parts can be run. A part refuses to run unless its tail is as it left it,
// scrambles all of its memory but its output, and makes that where the next part's tail may come to stand.
#include <cstdio>
#include <cstring>
#include <vector>

#include "model_io.h"
#include "parts_runner.h"
#include "tensorflow/lite/micro/micro_allocator.h"
#include "tensorflow/lite/schema/schema_generated.h"

using namespace MODEL;

namespace {
const std::size_t kMade[kParts] = {MADE};  // bytes of each part's output
int created = 0;

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

size_t read_bytes(int part) { return part == 0 ? kInput0Bytes : kMade[part - 1]; }

uint8_t computed(const uint8_t* in, size_t count, size_t i, int part) {
  return static_cast<uint8_t>(in[i % count] * 3 + in[(i * 7 + 1) % count] + i + part);
}

bool intact(const State& state) {
  if (state.magic != 0xA5A5A5A5u) return false;
  for (size_t i = sizeof(State); i < state.tail_bytes; ++i) {
    if (state.tail[i] != static_cast<uint8_t>(0x40 + state.part + i * 5)) return false;
  }
  return true;
}

uint8_t kept[kImagesBytes];
size_t kept_bytes = 0;
const uint8_t* Keep(int, const uint8_t* tail, std::size_t bytes) {
  uint8_t* place = kept + kept_bytes;
  std::memcpy(place, tail, bytes);
  kept_bytes += bytes;
  return place;
}
const uint8_t* Refuse(int, const uint8_t*, std::size_t) { return nullptr; }

alignas(16) uint8_t arena[kArenaBytes];
alignas(16) uint8_t images[kImagesBytes];
PartsRunner first, second, third;

int frames(PartsRunner& runner) {
  for (unsigned frame = 0; frame < 12; ++frame) {
    std::vector<uint8_t> wanted(kInput0Bytes);
    for (size_t i = 0; i < wanted.size(); ++i) wanted[i] = static_cast<uint8_t>(frame * 31 + i * i);
    std::memcpy(runner.Input(0), wanted.data(), wanted.size());
    if (runner.Invoke() != kTfLiteOk) return std::printf("frame %u: a part refused\n", frame);
    for (int part = 0; part < kParts; ++part) {
      std::vector<uint8_t> made(kMade[part]);
      for (size_t i = 0; i < made.size(); ++i) made[i] = computed(wanted.data(), wanted.size(), i, part);
      wanted = made;
    }
    if (std::memcmp(runner.Output(0), wanted.data(), wanted.size())) return std::printf("frame %u differs\n", frame);
  }
  return 0;
}
}  // namespace

namespace tflite {
const Model* GetModel(const void* buffer) { return static_cast<const Model*>(buffer); }
uint32_t Model::version() const { return TFLITE_SCHEMA_VERSION; }

MicroAllocator* MicroAllocator::Create(uint8_t* tail, size_t tail_bytes, uint8_t* head, size_t head_bytes,
                                       MemoryPlannerType) {
  const int part = created++ % kParts;
  State state = {0xA5A5A5A5u, part, head, head_bytes, tail, tail_bytes, {{nullptr}, 0}, {{nullptr}, 0}};
  std::memcpy(tail, &state, sizeof state);
  return reinterpret_cast<MicroAllocator*>(tail);
}

MicroInterpreter::MicroInterpreter(const Model* model, const MicroOpResolver&, MicroAllocator* allocator,
                                   MicroResourceVariables*)
    : model_(model), allocator_(allocator) {}

TfLiteStatus MicroInterpreter::AllocateTensors() {
  State& state = *state_of(allocator_);
  std::memset(state.head, 0xEE, state.head_bytes);
  const size_t in = read_bytes(state.part), out = kMade[state.part];
  if (in + out > state.head_bytes) return kTfLiteError;
  state.in.data.data = state.head;
  state.in.bytes = in;
  state.out.data.data = state.head + state.head_bytes - out;
  state.out.bytes = out;
  for (size_t i = sizeof(State); i < state.tail_bytes; ++i) {
    state.tail[i] = static_cast<uint8_t>(0x40 + state.part + i * 5);
  }
  return kTfLiteOk;
}

TfLiteTensor* MicroInterpreter::input(size_t) { return &state_of(allocator_)->in; }
TfLiteTensor* MicroInterpreter::output(size_t) { return &state_of(allocator_)->out; }

TfLiteStatus MicroInterpreter::Invoke() {
  State& state = *state_of(allocator_);
  if (!intact(state)) return kTfLiteError;
  const uint8_t* in = static_cast<const uint8_t*>(state.in.data.data);
  std::vector<uint8_t> out(state.out.bytes);
  for (size_t i = 0; i < out.size(); ++i) out[i] = computed(in, state.in.bytes, i, state.part);
  std::memset(state.head, 0xAA, state.head_bytes);
  std::memcpy(state.out.data.data, out.data(), out.size());
  return kTfLiteOk;
}

#define DEFINE(method) \
  template <unsigned int N> TfLiteStatus MicroMutableOpResolver<N>::method() { return kTfLiteOk; }
METHODS
template class MicroMutableOpResolver<COUNT>;
}  // namespace tflite

int main() {
  if (first.Input(0) != nullptr || first.Invoke() == kTfLiteOk) return std::printf("runs before Setup\n");
  if (first.Setup(arena, images) != kTfLiteOk) return std::printf("Setup failed\n");
  if (frames(first)) return 1;
  if (second.Setup(arena, Keep) != kTfLiteOk) return std::printf("Setup with Keep failed\n");
  if (frames(second)) return 1;
  created = 0;
  if (third.Setup(arena, Refuse) == kTfLiteOk || third.Invoke() == kTfLiteOk) return std::printf("no image, no error\n");
  return 0;
}
