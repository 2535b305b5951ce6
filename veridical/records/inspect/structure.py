"""How alike two pictures are in structure."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

SIGMA, RADIUS = 1.5, 5
"""Of the window: 11 pixels across."""
LOW, HIGH = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def ssim(first: Image.Image, second: Image.Image) -> float:
    """Mean structural similarity of two pictures in grey, 1 for equal ones; the second is scaled to the size of the first.

        SSIM = (2 m1 m2 + C1)(2 s12 + C2) / ((m1² + m2² + C1)(s1² + s2² + C2)), C1 = (0.01 · 255)², C2 = (0.03 · 255)²

    Means, variances and covariance are taken under a Gaussian window. Source: Wang et al., IEEE TIP 13 (2004), equation 13.
    """
    ours = np.asarray(first.convert("L"), dtype=float)
    theirs = np.asarray(second.convert("L").resize(first.size, Image.Resampling.BICUBIC), dtype=float)
    mean_a, mean_b = blurred(ours), blurred(theirs)
    var_a, var_b = blurred(ours * ours) - mean_a**2, blurred(theirs * theirs) - mean_b**2
    both = blurred(ours * theirs) - mean_a * mean_b
    return float(((2 * mean_a * mean_b + LOW) * (2 * both + HIGH) / ((mean_a**2 + mean_b**2 + LOW) * (var_a + var_b + HIGH))).mean())


def blurred(values: np.ndarray) -> np.ndarray:
    """Local means."""
    return gaussian_filter(values, SIGMA, radius=RADIUS)
