// Made by arenafit VERSION from state.tflite; do not edit.
// sha256 36b5af9ea7a354bef2aa23f02f5f5523592be5f13e1fd90656a0116ecbfdc941
// for cortex-m4 (ilp32, cmsis-nn-dsp kernels, TFLM 2026-08)

#ifndef STATE_OP_RESOLVER_H_
#define STATE_OP_RESOLVER_H_

#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"

namespace state {

// 5 operators: those the model has, in all of its subgraphs.
using OpResolver = tflite::MicroMutableOpResolver<5>;

inline TfLiteStatus RegisterOps(OpResolver& resolver) {
  if (resolver.AddAdd() != kTfLiteOk) return kTfLiteError;
  if (resolver.AddAssignVariable() != kTfLiteOk) return kTfLiteError;
  if (resolver.AddCallOnce() != kTfLiteOk) return kTfLiteError;
  if (resolver.AddReadVariable() != kTfLiteOk) return kTfLiteError;
  if (resolver.AddVarHandle() != kTfLiteOk) return kTfLiteError;
  return kTfLiteOk;
}

}  // namespace state

#endif  // STATE_OP_RESOLVER_H_
