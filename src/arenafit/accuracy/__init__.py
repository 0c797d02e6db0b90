"""Samples, their sources, and scores of a model against another, with confidence intervals."""
