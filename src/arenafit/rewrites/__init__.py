"""One file for each exact rewrite of a graph."""
