// Plays TFLM's part for an exported arena_planner: the calls of MicroAllocator::CommitStaticMemoryPlan, in order.
//
// The sizes of AddBuffer come on the standard input; "!" before one of them takes the overload with an offline offset.
// Prints for each buffer the memory it lies in and its place there, then the head; or what was logged on a refusal.
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "arena_planner.h"
#include "tensorflow/lite/micro/memory_planner/micro_memory_planner.h"
#include "tensorflow/lite/micro/micro_log.h"

namespace {
uint8_t* arena_begin = nullptr;
size_t arena_size = 0;
tflite::MicroMemoryPlanner* planner = nullptr;
std::vector<uint8_t*> blocks;

int Refused(const char* step) {
  std::printf("refused %s\n", step);
  return 0;
}
}  // namespace

void MicroPrintf(const char* format, ...) {
  va_list args;
  va_start(args, format);
  std::printf("log ");
  std::vprintf(format, args);
  std::printf("\n");
  va_end(args);
}

namespace tflite {
MicroAllocator* MicroAllocator::Create(uint8_t* arena, size_t size, MicroMemoryPlanner* given) {
  static char stands_for_an_allocator;
  arena_begin = arena;
  arena_size = size;
  planner = given;
  return reinterpret_cast<MicroAllocator*>(&stands_for_an_allocator);
}
}  // namespace tflite

int main(int argc, char** argv) {
  // One buffer that holds all blocks, so that offsets fit into an int; the arguments say where each begins in it.
  static_assert(sizeof(MODEL::Regions) % sizeof(uint8_t*) == 0, "pointers only");
  constexpr int count = sizeof(MODEL::Regions) / sizeof(uint8_t*);
  MODEL::Regions regions;
  if (argc == 1) {
    if (MODEL::CreateAllocator() == nullptr) return Refused("CreateAllocator");
  } else {
    uint8_t* memory = static_cast<uint8_t*>(std::aligned_alloc(16, 1 << 26));
    for (int block = 0; block < count; ++block) {
      blocks.push_back(std::atol(argv[1 + block]) < 0 ? nullptr : memory + std::atol(argv[1 + block]));
    }
    std::memcpy(&regions, blocks.data(), sizeof(regions));
    if (MODEL::CreateAllocator(regions) == nullptr) return Refused("CreateAllocator");
  }
  unsigned char scratch[16];
  if (planner->Init(scratch, sizeof(scratch)) != kTfLiteOk) return Refused("Init");
  int added = 0;
  char word[32];
  while (std::scanf("%31s", word) == 1) {
    const bool offline = word[0] == '!';
    const int size = std::atoi(word + offline);
    const TfLiteStatus status =
        offline ? planner->AddBuffer(size, 0, 1, 4096) : planner->AddBuffer(size, 0, 1);
    if (status != kTfLiteOk) return Refused("AddBuffer");
    ++added;
  }
  if (planner->GetBufferCount() != added) return Refused("GetBufferCount");
  for (int index = 0; index < added; ++index) {
    int offset = 0;
    if (planner->GetOffsetForBuffer(index, &offset) != kTfLiteOk) return Refused("GetOffsetForBuffer");
    // As TFLM adds it: arena + offset, on this machine with a sign.
    const uint8_t* address = arena_begin + offset;
    long place = -1;
    int region = -1;
    for (int block = 0; block < static_cast<int>(blocks.size()); ++block) {
      if (address >= blocks[block] && (region < 0 || blocks[block] > blocks[region])) {
        region = block;
        place = address - blocks[block];
      }
    }
    std::printf("buffer %d %ld\n", region, blocks.empty() ? static_cast<long>(offset) : place);
  }
  int offset = 0;
  if (planner->GetOffsetForBuffer(added, &offset) == kTfLiteOk) return Refused("nothing behind the last buffer");
  std::printf("head %zu arena %zu\n", planner->GetMaximumMemorySize(), arena_size);
  return 0;
}
