// Made by arenafit VERSION from state.tflite; do not edit.
// sha256 36b5af9ea7a354bef2aa23f02f5f5523592be5f13e1fd90656a0116ecbfdc941
// for cortex-m4 (ilp32, cmsis-nn-dsp kernels, TFLM 2026-08)

#ifndef STATE_MODEL_IO_H_
#define STATE_MODEL_IO_H_

#include <cstddef>

namespace state {

// real = scale * (stored - zero_point)

// input 0: float32 'input'
constexpr std::size_t kInput0Bytes = 16;
constexpr int kInput0Rank = 2;
constexpr int kInput0Shape[2] = {1, 4};

// output 0: float32 'result'
constexpr std::size_t kOutput0Bytes = 16;
constexpr int kOutput0Rank = 2;
constexpr int kOutput0Shape[2] = {1, 4};

}  // namespace state

#endif  // STATE_MODEL_IO_H_
