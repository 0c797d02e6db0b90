"""WHILE: runs a graph as long as another says so."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("WHILE")
