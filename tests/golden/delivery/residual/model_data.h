// Made by arenafit VERSION from residual.tflite; do not edit.
// sha256 a46898de0ee81ed3c3c9f7205c01147a4b7f940359205f1d695c47f93eb24923
// for cortex-m4 (ilp32, cmsis-nn-dsp kernels, TFLM 2026-08)

#ifndef RESIDUAL_MODEL_DATA_H_
#define RESIDUAL_MODEL_DATA_H_

extern const unsigned char g_residual_model_data[];
constexpr unsigned int g_residual_model_data_size = 3152;

#endif  // RESIDUAL_MODEL_DATA_H_
