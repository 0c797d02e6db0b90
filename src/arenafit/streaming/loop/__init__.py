"""Rolled loops: how a schedule is written as a WHILE, and what the loop carries from trip to trip."""
