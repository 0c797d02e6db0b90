// The operators the witness can run.
#pragma once
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"

class AllOperators : public tflite::MicroMutableOpResolver<75> {
 public:
  AllOperators() {
    AddAbs(); AddAdd(); AddArgMax(); AddArgMin(); AddAssignVariable(); AddAveragePool2D(); AddBroadcastTo();
    AddCast(); AddConcatenation(); AddConv2D(); AddCos(); AddDepthwiseConv2D(); AddDequantize(); AddDiv();
    AddDynamicUpdateSlice(); AddEqual(); AddExpandDims(); AddFill(); AddFullyConnected(); AddGather(); AddGreater();
    AddGreaterEqual(); AddHardSwish(); AddIf(); AddL2Normalization(); AddLeakyRelu(); AddLess(); AddLessEqual();
    AddLog(); AddLogicalAnd(); AddLogicalNot(); AddLogicalOr(); AddLogistic(); AddMaxPool2D(); AddMaximum();
    AddMean(); AddMinimum(); AddMirrorPad(); AddMul(); AddNeg(); AddNotEqual(); AddPack(); AddPad(); AddPadV2();
    AddPrelu(); AddQuantize(); AddReadVariable(); AddReduceAll(); AddReduceMax(); AddReduceMin(); AddRelu();
    AddRelu6(); AddReshape(); AddResizeBilinear(); AddResizeNearestNeighbor(); AddRsqrt(); AddShape(); AddSin();
    AddSlice(); AddSoftmax(); AddSplit(); AddSplitV(); AddSqrt(); AddSquare(); AddSquaredDifference(); AddSqueeze();
    AddStridedSlice(); AddSub(); AddSum(); AddTanh(); AddTranspose(); AddTransposeConv(); AddUnpack(); AddVarHandle();
    AddWhile();
  }
};
