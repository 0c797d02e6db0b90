// Inputs for a model, and a hash of its outputs.
//
// Inputs come from a generator seeded by the invoke: 0 random, 1 the smallest values, 2 the largest, 3 both in turn at
// random, 4 and on random. Equal input shapes therefore get equal inputs in two models.
#pragma once
#include <cstddef>
#include <cstdint>

#include "tensorflow/lite/c/common.h"

class Random {
 public:
  explicit Random(std::uint32_t seed) : state_(seed * 2654435761u + 12345u) {}
  std::uint32_t Next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }

 private:
  std::uint32_t state_;
};

// Returns one value of a signed type in [low, high].
inline long Draw(Random& random, int invoke, long low, long high) {
  const std::uint32_t bits = random.Next();
  if (invoke == 1) return low;
  if (invoke == 2) return high;
  if (invoke == 3) return bits & 0x100 ? low : high;
  return low + static_cast<long>((bits >> 8) % static_cast<std::uint32_t>(high - low + 1));
}

inline void Fill(TfLiteTensor* tensor, int invoke, Random& random) {
  const std::size_t bytes = tensor->bytes;
  switch (tensor->type) {
    case kTfLiteInt8:
      for (std::size_t i = 0; i < bytes; ++i) tensor->data.int8[i] = Draw(random, invoke, -128, 127);
      break;
    case kTfLiteInt16:
      for (std::size_t i = 0; i < bytes / 2; ++i) tensor->data.i16[i] = Draw(random, invoke, -32768, 32767);
      break;
    case kTfLiteInt32:
      for (std::size_t i = 0; i < bytes / 4; ++i) tensor->data.i32[i] = Draw(random, invoke, 0, 3);
      break;
    case kTfLiteFloat32:
      for (std::size_t i = 0; i < bytes / 4; ++i)
        tensor->data.f[i] = static_cast<float>(Draw(random, invoke, -32768, 32767)) / 8192.0f;
      break;
    default:
      for (std::size_t i = 0; i < bytes; ++i) tensor->data.uint8[i] = Draw(random, invoke, 0, 255);
  }
}

inline std::uint32_t Hash(const TfLiteTensor* tensor) {  // FNV-1a
  std::uint32_t hash = 2166136261u;
  for (std::size_t i = 0; i < tensor->bytes; ++i) hash = (hash ^ tensor->data.uint8[i]) * 16777619u;
  return hash;
}
