// The operators the witness can run.
#pragma once
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"

class AllOperators : public tflite::MicroMutableOpResolver<95> {
 public:
  AllOperators() {
    AddAbs(); AddAdd(); AddAddN(); AddArgMax(); AddArgMin(); AddAssignVariable(); AddAveragePool2D();
    AddBatchMatMul(); AddBatchToSpaceNd(); AddBroadcastTo(); AddCallOnce(); AddCast(); AddCeil(); AddConcatenation();
    AddConv2D(); AddCos(); AddDepthToSpace(); AddDepthwiseConv2D(); AddDequantize(); AddDiv();
    AddDynamicUpdateSlice(); AddElu(); AddEqual(); AddExp(); AddExpandDims(); AddFill(); AddFloor(); AddFloorDiv();
    AddFloorMod(); AddFullyConnected(); AddGather(); AddGreater(); AddGreaterEqual(); AddHardSwish(); AddIf();
    AddL2Normalization(); AddL2Pool2D(); AddLeakyRelu(); AddLess(); AddLessEqual(); AddLog(); AddLogSoftmax();
    AddLogicalAnd(); AddLogicalNot(); AddLogicalOr(); AddLogistic(); AddMaxPool2D(); AddMaximum(); AddMean();
    AddMinimum(); AddMirrorPad(); AddMul(); AddNeg(); AddNotEqual(); AddPack(); AddPad(); AddPadV2(); AddPrelu();
    AddQuantize(); AddReadVariable(); AddReduceAll(); AddReduceMax(); AddReduceMin(); AddRelu(); AddRelu6();
    AddReshape(); AddResizeBilinear(); AddResizeNearestNeighbor(); AddReverseV2(); AddRound(); AddRsqrt();
    AddSelectV2(); AddShape(); AddSin(); AddSlice(); AddSoftmax(); AddSpaceToBatchNd(); AddSpaceToDepth(); AddSplit();
    AddSplitV(); AddSqrt(); AddSquare(); AddSquaredDifference(); AddSqueeze(); AddStridedSlice(); AddSub(); AddSum();
    AddSvdf(); AddTanh(); AddTranspose(); AddTransposeConv(); AddUnpack(); AddVarHandle(); AddWhile(); AddZerosLike();
  }
};
