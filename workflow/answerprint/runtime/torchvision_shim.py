"""Makes PyPI's torchvision importable on a CPU build of torch.

Its compiled operators are built for CUDA and cannot be loaded on a CPU build, so importing torchvision fails because
`torchvision::nms` is not registered. facenet-pytorch and spandrel import torchvision.
"""

from __future__ import annotations

_libraries: list[object] = []
"""Keeps the registration alive, and records that it was made."""


def prepare() -> None:
    """On a CPU build of torch, register `torchvision::nms` and `::qnms`, so that torchvision can be imported."""
    import torch

    if _libraries or torch.version.cuda is not None:
        return
    library = torch.library.Library("torchvision", "DEF")
    _libraries.append(library)
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.impl(name, _nms, "CPU")
    import torchvision.extension

    torchvision.extension._has_ops = lambda: True


def _nms(boxes, scores, threshold):  # type: ignore[no-untyped-def]
    """Indices of the boxes kept by greedy non-maximum suppression, best score first."""
    import torch

    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    order = scores.argsort(descending=True, stable=True)
    kept = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(best)
        corner = torch.maximum(boxes[best, :2], boxes[order, :2])
        opposite = torch.minimum(boxes[best, 2:], boxes[order, 2:])
        overlap = (opposite - corner).clamp(min=0).prod(dim=1)
        order = order[overlap / (area[best] + area[order] - overlap) <= threshold]
    return torch.stack(kept) if kept else order
