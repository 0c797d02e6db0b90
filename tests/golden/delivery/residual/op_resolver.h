// Made by arenafit VERSION from residual.tflite; do not edit.
// sha256 a46898de0ee81ed3c3c9f7205c01147a4b7f940359205f1d695c47f93eb24923
// for cortex-m4 (ilp32, cmsis-nn-dsp kernels, TFLM 2026-08)

#ifndef RESIDUAL_OP_RESOLVER_H_
#define RESIDUAL_OP_RESOLVER_H_

#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"

namespace residual {

// 3 operators: those the model has, in all of its subgraphs.
using OpResolver = tflite::MicroMutableOpResolver<3>;

inline TfLiteStatus RegisterOps(OpResolver& resolver) {
  if (resolver.AddAdd() != kTfLiteOk) return kTfLiteError;
  if (resolver.AddAveragePool2D() != kTfLiteOk) return kTfLiteError;
  if (resolver.AddConv2D() != kTfLiteOk) return kTfLiteError;
  return kTfLiteOk;
}

}  // namespace residual

#endif  // RESIDUAL_OP_RESOLVER_H_
