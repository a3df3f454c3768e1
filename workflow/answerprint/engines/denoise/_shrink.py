"""Removes noise of known strength from one picture: small coefficients of overlapping cosine transforms are noise."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

SIZE = 8
"""Side of a block, pixels."""
STEP = 4
"""Pixels from one block to the next."""
THRESHOLD = 2.5
"""Coefficients below so many standard deviations of the noise are set to zero."""
PIECE = 32
"""Blocks that are multiplied at a time."""


@lru_cache
def _basis() -> np.ndarray:
    """The two-dimensional cosine transform of 8x8 pixels as one matrix (64, 64)."""
    one = cv2.dct(np.eye(SIZE, dtype=np.float32), flags=cv2.DCT_ROWS).T
    return np.kron(one, one).astype(np.float32)


def shrink(picture: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """`picture` (h, w) without noise of standard deviation `noise` (h, w), float32.

    Twice, on grids half a step apart: small coefficients go to zero; then the result says how much signal each
    coefficient holds, and it is scaled by signal / (signal + noise), all in powers.

    Yu and Sapiro, "DCT image denoising: a simple and effective image denoising algorithm" (IPOL 2011); the second
    look as in Dabov et al., "Image denoising by sparse 3-D transform-domain collaborative filtering" (2007).
    """
    first = _filter(picture, noise, None, SIZE - STEP)
    return _filter(picture, noise, first, SIZE - STEP // 2)


def _product(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """rows (n, 64) times matrix (64, 64), in pieces so small that BLAS does not split them among threads.

    Otherwise it would round differently with two threads than with one.
    """
    count = len(rows)
    padded = np.zeros((-(-count // PIECE) * PIECE, SIZE * SIZE), np.float32)
    padded[:count] = rows
    return (padded.reshape(-1, PIECE, SIZE * SIZE) @ matrix).reshape(-1, SIZE * SIZE)[:count]


def _blocks(picture: np.ndarray, border: tuple[int, int, int, int]) -> tuple[np.ndarray, tuple[int, int]]:
    """Coefficients (blocks, 64) of all blocks on the grid, and how many rows and columns of blocks there are."""
    view = np.lib.stride_tricks.sliding_window_view(
        cv2.copyMakeBorder(picture, *border, cv2.BORDER_REFLECT), (SIZE, SIZE)
    )[::STEP, ::STEP]
    return _product(view.reshape(-1, SIZE * SIZE), np.ascontiguousarray(_basis().T)), view.shape[:2]


def _filter(picture: np.ndarray, noise: np.ndarray, oracle: np.ndarray | None, pad: int) -> np.ndarray:
    """One pass on a grid that starts `pad` pixels outside; `oracle` is a cleaner version of the picture."""
    height, width = picture.shape
    bottom, right = (-(pad + n) % STEP + SIZE for n in (height, width))
    border = pad, bottom, pad, right
    values, (rows, columns) = _blocks(picture, border)
    level = cv2.copyMakeBorder(noise, *border, cv2.BORDER_REFLECT)
    level = cv2.blur(level, (SIZE, SIZE), anchor=(0, 0))[::STEP, ::STEP][:rows, :columns].reshape(-1, 1)
    if oracle is None:
        gain = (np.abs(values) > THRESHOLD * level).astype(np.float32)
    else:
        power = _blocks(oracle, border)[0] ** 2
        gain = power / (power + level * level)
    gain[:, 0] = 1
    # A block that keeps little has little noise left: it counts more.
    weight = 1 / np.einsum("ij,ij->i", gain, gain)
    values *= gain
    values *= weight[:, None]
    blocks = _product(values, _basis()).reshape(rows, columns, SIZE, SIZE)
    spread = np.repeat(np.repeat(weight.reshape(rows, columns), STEP, 0), STEP, 1)
    total = np.zeros(((rows - 1) * STEP + SIZE, (columns - 1) * STEP + SIZE), np.float32)
    count = np.zeros_like(total)
    for y in range(0, SIZE, STEP):
        for x in range(0, SIZE, STEP):
            place = slice(y, y + rows * STEP), slice(x, x + columns * STEP)
            total[place] += blocks[:, :, y : y + STEP, x : x + STEP].transpose(0, 2, 1, 3).reshape(spread.shape)
            count[place] += spread
    inner = slice(pad, pad + height), slice(pad, pad + width)
    return total[inner] / count[inner]
