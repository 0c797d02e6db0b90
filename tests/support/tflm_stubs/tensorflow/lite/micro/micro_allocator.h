#pragma once

#include "tensorflow/lite/micro/common_stub.h"
#include "tensorflow/lite/micro/memory_planner/micro_memory_planner.h"

namespace tflite {
enum class MemoryPlannerType { kGreedy, kLinear };

class MicroAllocator {
 public:
  static MicroAllocator* Create(uint8_t* arena, size_t size, MicroMemoryPlanner* planner);
  static MicroAllocator* Create(uint8_t* arena, size_t size, MemoryPlannerType type = MemoryPlannerType::kGreedy);
  static MicroAllocator* Create(uint8_t* persistent, size_t persistent_size, uint8_t* non_persistent,
                                size_t non_persistent_size, MemoryPlannerType type = MemoryPlannerType::kGreedy);
};
}  // namespace tflite
