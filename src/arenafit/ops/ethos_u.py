"""ethos-u: a command stream for an Ethos-U, made by Vela."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("ethos-u", custom=True, resolver="AddEthosU")
