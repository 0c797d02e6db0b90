"""Fewer channels from trained weights: which go, how many, and the weights of what reads them refitted."""
