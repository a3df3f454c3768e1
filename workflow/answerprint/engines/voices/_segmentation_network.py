"""pyannote's segmentation network: who of up to three people speaks in each 17 ms of ten seconds.

Plaquet and Bredin, "Powerset multi-class cross entropy loss for neural speaker diarization", Interspeech 2023; the
learned filters are those of Ravanelli and Bengio, "Speaker Recognition from Raw Waveform with SincNet", SLT 2018.
Tensors have the names of the published file.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...film.sound import RATE

CLASSES = ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
"""Which of three people speak, by class."""
LOWEST, NARROWEST = 50.0, 50.0
"""Hertz: the lowest edge of a filter, and its least width."""


class Filterbank(nn.Module):
    """Forty band-pass filters whose edges were learnt, each as a cosine and as a sine."""

    window_: Tensor
    n_: Tensor

    def __init__(self, filters: int = 40, length: int = 251) -> None:
        super().__init__()
        half = length // 2
        self.low_hz_ = nn.Parameter(torch.zeros(filters, 1))
        self.band_hz_ = nn.Parameter(torch.zeros(filters, 1))
        self.register_buffer("window_", torch.zeros(half))
        self.register_buffer("n_", torch.zeros(1, half))

    def filters(self) -> Tensor:
        """The filters, (80, 1, 251)."""
        low = LOWEST + self.low_hz_.abs()
        high = torch.clamp(low + NARROWEST + self.band_hz_.abs(), LOWEST, RATE / 2)
        band = high - low
        to_low, to_high, scale = low @ self.n_, high @ self.n_, self.window_ / (self.n_ / 2)
        even, odd = (to_high.sin() - to_low.sin()) * scale, (to_low.cos() - to_high.cos()) * scale
        cosine = torch.cat([even, 2 * band, even.flip(1)], dim=1)
        sine = torch.cat([odd, torch.zeros_like(band), -odd.flip(1)], dim=1)
        return (torch.cat([cosine, sine]) / (2 * torch.cat([band, band])))[:, None]


class _Learnt(nn.Module):
    """Holds the filters under the name that they have in the published file."""

    def __init__(self) -> None:
        super().__init__()
        self.filterbank = Filterbank()

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv1d(x, self.filterbank.filters(), stride=10)


class SincNet(nn.Module):
    """From samples (n, 1, 160000) to features (n, 60, 589)."""

    def __init__(self) -> None:
        super().__init__()
        self.wav_norm1d = nn.InstanceNorm1d(1, affine=True)
        self.conv1d = nn.ModuleList([_Learnt(), nn.Conv1d(80, 60, 5), nn.Conv1d(60, 60, 5)])
        self.norm1d = nn.ModuleList([nn.InstanceNorm1d(width, affine=True) for width in (80, 60, 60)])

    def forward(self, x: Tensor) -> Tensor:
        """Features of samples."""
        x = self.conv1d[0](self.wav_norm1d(x)).abs()
        x = functional.leaky_relu(self.norm1d[0](functional.max_pool1d(x, 3)))
        for convolution, norm in zip(self.conv1d[1:], self.norm1d[1:], strict=True):
            x = functional.leaky_relu(norm(functional.max_pool1d(convolution(x), 3)))
        return x


class SegmentationNetwork(nn.Module):
    """From samples (n, 1, 160000) to the log probability of each class, (n, 589, 7)."""

    def __init__(self) -> None:
        super().__init__()
        self.sincnet = SincNet()
        self.lstm = nn.LSTM(60, 128, num_layers=4, bidirectional=True, batch_first=True)
        self.linear = nn.ModuleList([nn.Linear(256, 128), nn.Linear(128, 128)])
        self.classifier = nn.Linear(128, len(CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        """Log probabilities of the classes."""
        features: Tensor = self.lstm(self.sincnet(x).transpose(1, 2))[0]
        for linear in self.linear:
            features = functional.leaky_relu(linear(features))
        return functional.log_softmax(self.classifier(features), dim=-1)
