"""Non-negative least squares on relative errors (Lawson and Hanson's active-set method), in numpy."""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_MAX_STEPS = 500


def fit_relative(counts: Matrix, measured: Matrix) -> Matrix:
    """Return non-negative instructions per term that minimise the sum of squared relative errors.

    Args:
        counts: how often each term happens, shape (records, terms).
        measured: instructions, shape (records,); all positive.
    """
    scaled = counts / measured[:, None]
    norms = np.linalg.norm(scaled, axis=0)
    norms[norms == 0] = 1.0
    solved: Matrix = nnls(scaled / norms, np.ones(len(measured))) / norms
    return solved


def nnls(matrix: Matrix, target: Matrix) -> Matrix:
    """Return x >= 0 that minimises the Euclidean norm of matrix @ x - target."""
    columns = matrix.shape[1]
    solution, passive = np.zeros(columns), np.zeros(columns, bool)
    tolerance = 1e-10 * max(1.0, float(np.abs(matrix.T @ target).max(initial=0.0)))
    for _ in range(_MAX_STEPS):
        gradient = np.where(passive, -np.inf, matrix.T @ (target - matrix @ solution))
        best = int(np.argmax(gradient))
        if passive.all() or gradient[best] <= tolerance:
            return solution
        passive[best] = True
        solution = _feasible(matrix, target, solution, passive)
    return solution


def _feasible(matrix: Matrix, target: Matrix, solution: Matrix, passive: NDArray[np.bool_]) -> Matrix:
    while True:
        trial = np.zeros_like(solution)
        trial[passive] = np.linalg.lstsq(matrix[:, passive], target, rcond=None)[0]
        negative = passive & (trial <= 0)
        if not negative.any():
            return trial
        # Walk towards the trial until the first coefficient reaches zero, then fix that one there.
        step = float(np.min(solution[negative] / (solution[negative] - trial[negative])))
        solution = solution + step * (trial - solution)
        passive &= solution > 1e-15
        solution[~passive] = 0.0
