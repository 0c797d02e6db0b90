#pragma once

#include "tensorflow/lite/micro/common_stub.h"

namespace tflite {
enum class MemoryPlannerType { kGreedy, kLinear };

class MicroAllocator {
 public:
  static MicroAllocator* Create(uint8_t* arena, size_t size, MemoryPlannerType type = MemoryPlannerType::kGreedy);
  static MicroAllocator* Create(uint8_t* persistent, size_t persistent_size, uint8_t* non_persistent,
                                size_t non_persistent_size, MemoryPlannerType type = MemoryPlannerType::kGreedy);
};
}  // namespace tflite
