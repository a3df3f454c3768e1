"""Weights that tell cuts, trained on spliced films by `lab/training/cut_weights.py`; do not edit by hand."""

BIAS = -1.575
WEIGHTS = (
    *(2.094, 3.448, -1.513, -1.691, 1.752),
    *(-3.106, -2.799, 1.191, 2.389, -2.339),
    *(2.270, 3.199, -0.737, 1.778, 2.204),
    *(6.974, 1.658, 0.239, 0.138, 0.384),
)
"""Coefficients of the features of `_break_measures.features`: a row for each group of features, in their order."""
WITNESSES = {"breaks": 1.295, "network": 0.238, "bias": 2.381}
"""Coefficients of the log odds of a break, and of the network's probability."""
