// Made by arenafit VERSION from residual.tflite; do not edit.
// sha256 a46898de0ee81ed3c3c9f7205c01147a4b7f940359205f1d695c47f93eb24923
// for cortex-m4 (ilp32, cmsis-nn-dsp kernels, TFLM 2026-08)

#ifndef RESIDUAL_MODEL_IO_H_
#define RESIDUAL_MODEL_IO_H_

#include <cstddef>

namespace residual {

// real = scale * (stored - zero_point)

// input 0: int8 'input'
constexpr std::size_t kInput0Bytes = 288;
constexpr int kInput0Rank = 4;
constexpr int kInput0Shape[4] = {1, 12, 12, 2};
constexpr float kInput0Scale = 5.0e-02f;
constexpr int kInput0ZeroPoint = 3;

// output 0: int8 'average_pool_2d_4'
constexpr std::size_t kOutput0Bytes = 216;
constexpr int kOutput0Rank = 4;
constexpr int kOutput0Shape[4] = {1, 6, 6, 6};
constexpr float kOutput0Scale = 5.0e-02f;
constexpr int kOutput0ZeroPoint = 3;

}  // namespace residual

#endif  // RESIDUAL_MODEL_IO_H_
