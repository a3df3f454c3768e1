"""A small network that predicts how likely each colour is at each place of a grey picture.

Zhang, Isola and Efros, "Colorful Image Colorization" (ECCV 2016): colours are classes, and rare ones weigh more while
the network learns, so that it does not settle on what is common. In its answers they have their own likelihood again.
Imports torch: engines import this module only when they load.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from .._unet import Block

STEP = 10.0
"""Distance of neighbouring colours of the palette, in a and b."""
REDUCTION = 4
"""How many pixels of the picture lie side by side in one place of the answer."""
DROPPED = 0.2
"""Share of the channels that the network does without in each step of its training, so that it learns no picture."""
UNSEEN = 10.0
"""Deviation in a and b that counts as none: grey that is surely grey is certain."""


class ColourNetwork(nn.Module):
    """(n, 1, h, w) of grey code values 0..1 to logits (n, colours, h / 4, w / 4); h and w are multiples of `multiple`.

    `palette` holds a and b of the colours (colours, 2), `rarity` their weights while it was trained (colours,).
    """

    palette: Tensor
    rarity: Tensor

    def __init__(self, colours: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.shape = {"colours": colours, "widths": list(widths)}
        self.multiple = REDUCTION * 2 ** (len(widths) - 1)
        self.register_buffer("palette", torch.zeros(colours, 2))
        self.register_buffer("rarity", torch.ones(colours))
        self.head = nn.Conv2d(REDUCTION**2, widths[0], 3, padding=1)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairwise(widths))
        self.up = nn.ModuleList(nn.Conv2d(b, 4 * a, 1) for a, b in pairwise(widths))
        self.going_down = nn.ModuleList(Block(width) for width in widths)
        self.going_up = nn.ModuleList(Block(width) for width in widths)
        self.whole = nn.Linear(widths[-1], widths[-1])
        self.tail = nn.Conv2d(widths[0], colours, 1)

    def forward(self, grey: Tensor) -> Tensor:
        x = functional.pixel_unshuffle(2 * grey - 1, REDUCTION).contiguous(memory_format=torch.channels_last)
        x = self.head(x)
        sizes = []
        for level, block in enumerate(self.going_down):
            x = block(functional.relu(self.down[level - 1](x)) if level else x)
            sizes.append(x)
        # What the whole picture shows: the same grey is sky in a landscape and a wall in a room.
        x = x + self.whole(functional.relu(x).mean(dim=(2, 3)))[..., None, None]
        x = functional.dropout2d(x, DROPPED, self.training)
        for level in reversed(range(len(sizes))):
            if level < len(sizes) - 1:
                x = sizes[level] + functional.pixel_shuffle(self.up[level](x), 2)
            x = self.going_up[level](x)
        logits: Tensor = self.tail(functional.dropout2d(functional.relu(x), DROPPED, self.training))
        return logits

    def colours(self, grey: Tensor) -> Tensor:
        """Expected a and b, and confidence in them, 0..1: (n, 3, h / 4, w / 4).

        Confidence is the share of what a and b may be (their second moments) that what is expected of them explains.
        """
        likely = functional.softmax(self(grey).float() - self.rarity.log()[:, None, None], dim=1)
        ab = torch.einsum("nqhw,qc->nchw", likely, self.palette)
        known = ab.square().sum(dim=1, keepdim=True) + UNSEEN**2
        moments = torch.einsum("nqhw,q->nhw", likely, self.palette.square().sum(dim=1))[:, None]
        return torch.cat([ab, (known / (moments + UNSEEN**2)).clamp(0, 1)], dim=1)


def build(metadata: dict[str, str]) -> ColourNetwork:
    """The network that a safetensors file's metadata describes under `shape`. Raises KeyError or ValueError."""
    shape = json.loads(metadata["shape"])
    return ColourNetwork(int(shape["colours"]), [int(width) for width in shape["widths"]])
