"""Fits the coefficients to measured instructions: records as models, least squares, coefficient files."""
