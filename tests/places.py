"""Where the tests find the repository, and the footage and weights that lie beside it where there are any."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
SHARED = REPOSITORY.parent / "shared"
MEDIA = SHARED / "media"
