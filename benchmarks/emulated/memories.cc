// Runs a model in one arena or over several memories by its exported planner, and prints JSON lines. The words are
//   MODEL INVOKES MODE CASE
// with MODE one of: one (stock TFLM, one arena), split (the planner's memories), room0, room1, ... (split, but the
// memory of that number may take 16 bytes less of buffers), block0, block1, ... (split, the block is 16 bytes smaller).
//
// memories.py makes cases.inc, which includes what was exported of each model: its arena_planner.cc with the two tables
// of sizes no longer constant. Around each block 4 KiB, and what the modes make it lose, are filled with a pattern.
#include <cstdlib>
#include <cstring>

#include "board.h"
#include "samples.h"
#include "tensorflow/lite/micro/cortex_m_generic/debug_log_callback.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"

struct Block {
  const char* name;
  std::uint8_t* base;
  std::size_t bytes;
};

// A model: its blocks, its resource variables, what of each block may be used for buffers, how large each is, its
// allocator, its operators.
struct Case {
  const Block* blocks;
  int count;
  int variables;
  std::size_t* rooms;
  std::size_t* sizes;
  tflite::MicroAllocator* (*create)();
  const tflite::MicroOpResolver* (*resolver)();
};

#include "cases.inc"

namespace {

constexpr std::uintptr_t kModelBase = board::kLargeMemory, kArenaBase = kModelBase + (10u << 20);
constexpr std::size_t kModelRoomBytes = 10u << 20, kArenaRoomBytes = 6u << 20;
constexpr int kMostBlocks = 8;
constexpr std::size_t kGuardBytes = 4096;
constexpr std::uint8_t kPattern = 0xA5;

void Log(const char* text) {
  board::Print("%s", text);
  if (std::strcmp(text, "HALTED") == 0) board::Exit(5);  // a failed assertion: TFLM would loop for ever
}

// Fills the block and what lies around it.
void Mark(const Block& block) {
  std::memset(block.base - kGuardBytes, kPattern, kGuardBytes + block.bytes + kGuardBytes);
}

// Returns how many bytes around the first `bytes` of the block are no longer as they were filled.
unsigned Changed(const Block& block, std::size_t bytes) {
  unsigned changed = 0;
  for (std::size_t i = 0; i < kGuardBytes; ++i) changed += block.base[-1 - static_cast<long>(i)] != kPattern;
  for (std::size_t i = bytes; i < block.bytes + kGuardBytes; ++i) changed += block.base[i] != kPattern;
  return changed;
}

tflite::MicroResourceVariables* Variables(const Case& chosen, tflite::MicroAllocator* allocator) {
  return chosen.variables ? tflite::MicroResourceVariables::Create(allocator, chosen.variables) : nullptr;
}

int Run(tflite::MicroInterpreter& interpreter, int invokes) {
  if (interpreter.AllocateTensors() != kTfLiteOk) {
    board::Print("\n{\"error\": \"AllocateTensors\"}\n");
    return 1;
  }
  board::Print("\n{\"arena_used\": %u}\n", static_cast<unsigned>(interpreter.arena_used_bytes()));
  for (int invoke = 0; invoke < invokes; ++invoke) {
    Random random(invoke + 1);
    for (std::size_t i = 0; i < interpreter.inputs_size(); ++i) Fill(interpreter.input(i), invoke, random);
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
  }
  return 0;
}

}  // namespace

int main() {
  RegisterDebugLogCallback(Log);
  const char* words[5] = {};
  if (board::Arguments(words, 5) < 4) {
    board::Print("usage: memories MODEL INVOKES MODE CASE\n");
    return 2;
  }
  auto* model_data = reinterpret_cast<std::uint8_t*>(kModelBase);
  if (board::ReadFile(words[0], model_data, kModelRoomBytes) < 0) {
    board::Print("cannot read %s\n", words[0]);
    return 2;
  }
  const int invokes = std::atoi(words[1]);
  const Case& chosen = kCases[std::atoi(words[3])];
  const tflite::MicroOpResolver* resolver = chosen.resolver();
  if (!resolver) return 2;
  const tflite::Model* model = tflite::GetModel(model_data);
  if (std::strcmp(words[2], "one") == 0) {
    auto* arena = reinterpret_cast<std::uint8_t*>(kArenaBase);
    tflite::MicroAllocator* allocator = tflite::MicroAllocator::Create(arena, kArenaRoomBytes);
    tflite::MicroInterpreter interpreter(model, *resolver, allocator, Variables(chosen, allocator));
    return Run(interpreter, invokes);
  }
  std::size_t bytes[kMostBlocks];
  for (int i = 0; i < chosen.count; ++i) {
    Mark(chosen.blocks[i]);
    bytes[i] = chosen.blocks[i].bytes;
  }
  const int number = words[2][0] == 's' ? -1 : std::atoi(words[2] + (words[2][0] == 'r' ? 4 : 5));
  if (number >= chosen.count) return 2;
  if (words[2][0] == 'r') chosen.rooms[number] -= 16;
  if (words[2][0] == 'b') chosen.sizes[number] = bytes[number] -= 16;
  tflite::MicroAllocator* allocator = chosen.create();
  int status = 1;
  if (allocator) {
    tflite::MicroInterpreter interpreter(model, *resolver, allocator, Variables(chosen, allocator));
    status = Run(interpreter, invokes);
  }
  for (int i = 0; i < chosen.count; ++i)
    board::Print("\n{\"memory\": \"%s\", \"changed\": %u}\n", chosen.blocks[i].name,
                 Changed(chosen.blocks[i], bytes[i]));
  return status;
}
