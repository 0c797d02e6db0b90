"""TFLite_Detection_PostProcess: boxes decoded, the overlapping ones suppressed."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("TFLite_Detection_PostProcess", custom=True, resolver="AddDetectionPostprocess")
