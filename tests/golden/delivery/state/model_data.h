// Made by arenafit VERSION from state.tflite; do not edit.
// sha256 36b5af9ea7a354bef2aa23f02f5f5523592be5f13e1fd90656a0116ecbfdc941
// for cortex-m4 (ilp32, cmsis-nn-dsp kernels, TFLM 2026-08)

#ifndef STATE_MODEL_DATA_H_
#define STATE_MODEL_DATA_H_

extern const unsigned char g_state_model_data[];
constexpr unsigned int g_state_model_data_size = 1008;

#endif  // STATE_MODEL_DATA_H_
