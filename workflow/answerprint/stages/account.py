"""What a job counts while it makes the frames of a part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..engines import Measures


@dataclass(kw_only=True)
class Account:
    """The numbers that go into the record, one for each frame."""

    statistics: dict[str, list[float]] = field(default_factory=dict)
    changed: list[float] = field(default_factory=list)
    """Shares of pixels that the stage changed."""
    decided: list[dict[str, Any]] = field(default_factory=list)
    """What the engine decided for single things, such as faces, in the shots that the part touches."""

    def add(self, statistics: Measures, changed: np.ndarray) -> None:
        """Append a block; statistics that it does not have are zero."""
        for name in sorted({*self.statistics, *statistics}):
            values = self.statistics.setdefault(name, [0.0] * len(self.changed))
            values += np.ravel(statistics.get(name, np.zeros(len(changed)))).tolist()
        self.changed += [float(np.count_nonzero(frame)) / frame.size for frame in changed]
