"""The network that tells scratches where the regression leaves a doubt. Imports torch: loaded with the weights.

Each row of a line's straightened pictures is read alike (Zaheer et al., "Deep Sets", NeurIPS 2017): what most rows say,
and what the one that says most does, joins what is measured of the line as a whole.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ._straightened import ASIDE, PICTURES
from ._tracks import NAMES

ROW, WHOLE = 24, 24
"""What is kept of a row, and of the whole: 8 thousand weights."""


class LineNetwork(nn.Module):
    """Straightened pictures (n, rows, pictures, columns) and measures (n, m) of lines to the log odds that each is a
    scratch, (n,).
    """

    def __init__(self) -> None:
        super().__init__()
        self.row = nn.Linear(PICTURES * (2 * ASIDE + 1), ROW)
        self.whole = nn.Linear(2 * ROW + len(NAMES), WHOLE)
        self.odds = nn.Linear(WHOLE, 1)
        self.shape = [PICTURES, 2 * ASIDE + 1, len(NAMES), ROW, WHOLE]

    def forward(self, pictures: Tensor, measures: Tensor) -> Tensor:
        rows = torch.relu(self.row(pictures.flatten(2)))
        known = torch.cat([rows.mean(dim=1), rows.amax(dim=1), measures], dim=1)
        odds: Tensor = self.odds(torch.relu(self.whole(known)))
        return odds[:, 0]


def new() -> LineNetwork:
    """The network, untrained."""
    return LineNetwork()
