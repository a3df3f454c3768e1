"""The network of upscale/compact as it is trained: each convolution is the product of a wide and a narrow one.

Bhardwaj et al., "Collapsible Linear Blocks for Super-Efficient Super Resolution" (MLSys 2022): the product of two
linear layers learns better than the layer that it equals, and costs as little where it is multiplied out before use.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...engines.upscale._compact_network import Compact

EXPANSION = 128
"""Channels between the two convolutions."""


class WideConvolution(nn.Module):
    """A convolution of a square of pixels to EXPANSION channels and one of single pixels; `passes`: and its input."""

    def __init__(self, like: nn.Conv2d, *, passes: bool) -> None:
        super().__init__()
        self.passes = passes
        side = like.kernel_size[0]
        self.first = nn.Parameter(torch.empty(EXPANSION, like.in_channels, side, side))
        self.second = nn.Parameter(torch.empty(like.out_channels, EXPANSION))
        self.bias = nn.Parameter(torch.zeros(like.out_channels))
        nn.init.xavier_uniform_(self.first)
        nn.init.xavier_uniform_(self.second)

    def weight(self) -> Tensor:
        """The one convolution that has the same answer."""
        product = torch.einsum("op,pikl->oikl", self.second, self.first)
        if not self.passes:
            return product
        outputs, _, side, _ = product.shape
        identity = torch.zeros_like(product)
        identity[range(outputs), range(outputs), side // 2, side // 2] = 1
        return product + identity


class WideCompact(nn.Module):
    """Answers as a Compact network; has more weights to train."""

    def __init__(self) -> None:
        super().__init__()
        plain = Compact()
        self.shape = plain.shape
        self.bends = plain.bends
        layers = {name: layer for name, layer in plain.named_modules() if isinstance(layer, nn.Conv2d)}
        self.layers = nn.ModuleDict(
            {
                name.replace(".", "-"): WideConvolution(layer, passes=name.startswith("body"))
                for name, layer in layers.items()
            }
        )
        for scale in plain.tails:
            # At first the network adds nothing to a cubic enlargement.
            nn.init.zeros_(self.layers.get_parameter(f"tails-{scale}.second"))

    def forward(self, pictures: Tensor, scale: int) -> Tensor:
        # Parameters stand in for those of the plain network, so that there is one description of how it answers.
        result: Tensor = torch.func.functional_call(_PLAIN, self._weights(), (pictures, scale))
        return result

    def plain(self) -> Compact:
        """The network with every convolution multiplied out."""
        network = Compact()
        network.load_state_dict({name: value.detach() for name, value in self._weights().items()})
        return network

    def _weights(self) -> dict[str, Tensor]:
        weights: dict[str, Tensor] = {f"bends.{name}": value for name, value in self.bends.named_parameters()}
        with torch.autocast("cpu", enabled=False), torch.autocast("cuda", enabled=False):
            for name, layer in self.layers.items():
                assert isinstance(layer, WideConvolution)
                weights[f"{name.replace('-', '.')}.weight"] = layer.weight()
                weights[f"{name.replace('-', '.')}.bias"] = layer.bias
        return weights


with torch.device("meta"):
    _PLAIN = Compact()
    """The network without weights of its own."""
