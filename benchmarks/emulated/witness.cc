// Runs a model on the emulated board and prints JSON lines; the words of the command line are
//   MODEL INVOKES ARENA_BYTES PROFILE VARIABLES [INPUTS OUTPUTS]
// arena 0: as large as fits; profile 1: each operator as it ran in Invoke 0; how many resource variables the model has;
// a file with the inputs of each Invoke, one after the other, and one that its outputs are appended to.
#include <cstdlib>
#include <cstring>

#include "board.h"
#include "operators.h"
#include "samples.h"
#include "tensorflow/lite/micro/cortex_m_generic/debug_log_callback.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace {

class Profile : public tflite::MicroProfilerInterface {
 public:
  struct Event {
    const char* tag;
    std::uint32_t begin, end;
  };
  Profile(Event* events, std::size_t room) : events_(events), room_(room) {}
  std::uint32_t BeginEvent(const char* tag) override {
    if (count_ == room_) return room_ - 1;
    events_[count_] = {tag, board::Now(), 0};
    return count_++;
  }
  void EndEvent(std::uint32_t handle) override { events_[handle].end = board::Now(); }
  std::size_t count_ = 0;

 private:
  Event* events_;
  std::size_t room_;
};

void Log(const char* text) {
  board::Print("%s", text);
  if (std::strcmp(text, "HALTED") == 0) board::Exit(5);  // a failed assertion: TFLM would loop for ever
}

}  // namespace

int main() {
  RegisterDebugLogCallback(Log);
  const char* words[7] = {};
  const int given = board::Arguments(words, 7);
  if (given < 5) {
    board::Print("usage: witness MODEL INVOKES ARENA_BYTES PROFILE VARIABLES [INPUTS OUTPUTS]\n");
    return 2;
  }
  const int invokes = std::atoi(words[1]);
  auto* model_data = reinterpret_cast<std::uint8_t*>(board::kLargeMemory);
  const long size = board::ReadFile(words[0], model_data, board::kLargeMemoryBytes);
  if (size < 0) {
    board::Print("cannot read %s\n", words[0]);
    return 2;
  }
  const std::size_t taken = (static_cast<std::size_t>(size) + 63) & ~std::size_t{63};
  std::uint8_t* arena = model_data + taken;
  const std::uint8_t *inputs = nullptr, *inputs_end = nullptr;
  long outputs = -1;
  if (given == 7) {
    const long bytes = board::ReadFile(words[5], arena, board::kLargeMemoryBytes - taken);
    if (bytes < 0) {
      board::Print("cannot read %s\n", words[5]);
      return 2;
    }
    outputs = board::CreateFile(words[6]);
    inputs = arena;
    inputs_end = inputs + bytes;
    arena += (static_cast<std::size_t>(bytes) + 63) & ~std::size_t{63};
  }
  std::size_t arena_bytes = std::strtoul(words[2], nullptr, 10);
  Profile::Event* events = nullptr;
  constexpr std::size_t kEvents = 60000;
  if (words[3][0] == '1') {
    events = reinterpret_cast<Profile::Event*>(arena);
    arena += kEvents * sizeof(Profile::Event);
  }
  const std::size_t room = board::kLargeMemory + board::kLargeMemoryBytes - reinterpret_cast<std::uintptr_t>(arena);
  if (arena_bytes == 0 || arena_bytes > room) arena_bytes = room;

  static AllOperators operators;
  Profile profile(events, kEvents);
  static_assert(sizeof(tflite::MicroInterpreter) < 4096);
  tflite::MicroAllocator* allocator = tflite::MicroAllocator::Create(arena, arena_bytes);
  const int variables = std::atoi(words[4]);
  tflite::MicroInterpreter interpreter(
      tflite::GetModel(model_data), operators, allocator,
      variables ? tflite::MicroResourceVariables::Create(allocator, variables) : nullptr, events ? &profile : nullptr);
  if (interpreter.AllocateTensors() != kTfLiteOk) {
    board::Print("\n{\"error\": \"AllocateTensors\"}\n");
    return 1;
  }
  board::Print("\n{\"arena_used\": %u}\n", static_cast<unsigned>(interpreter.arena_used_bytes()));
  profile.count_ = 0;
  for (int invoke = 0; invoke < invokes; ++invoke) {
    Random random(invoke + 1);
    for (std::size_t i = 0; i < interpreter.inputs_size(); ++i) {
      TfLiteTensor* input = interpreter.input(i);
      if (!inputs) {
        Fill(input, invoke, random);
      } else if (static_cast<std::size_t>(inputs_end - inputs) < input->bytes) {
        board::Print("\n{\"error\": \"too few inputs\"}\n");
        return 1;
      } else {
        std::memcpy(input->data.raw, inputs, input->bytes);
        inputs += input->bytes;
      }
    }
    const std::uint64_t start = board::StartCount();
    const TfLiteStatus status = interpreter.Invoke();
    const std::uint64_t instructions = board::StopCount(start);
    if (status != kTfLiteOk) {
      board::Print("\n{\"error\": \"Invoke\"}\n");
      return 1;
    }
    board::Print("{\"invoke\": %d, \"instructions\": %llu, \"outputs\": [", invoke,
                 static_cast<unsigned long long>(instructions));
    for (std::size_t i = 0; i < interpreter.outputs_size(); ++i)
      board::Print("%s%lu", i ? ", " : "", static_cast<unsigned long>(Hash(interpreter.output(i))));
    board::Print("]}\n");
    for (std::size_t i = 0; inputs && i < interpreter.outputs_size(); ++i) {
      const TfLiteTensor* output = interpreter.output(i);
      if (!board::WriteFile(outputs, output->data.raw, output->bytes)) {
        board::Print("\n{\"error\": \"outputs cannot be written\"}\n");
        return 1;
      }
    }
    if (events && invoke == 0) {
      for (std::size_t i = 0; i < profile.count_; ++i)
        board::Print("{\"op\": \"%s\", \"begin\": %lu, \"end\": %lu}\n", events[i].tag,
                     static_cast<unsigned long>(events[i].begin), static_cast<unsigned long>(events[i].end));
    }
    profile.count_ = 0;
  }
  return 0;
}
