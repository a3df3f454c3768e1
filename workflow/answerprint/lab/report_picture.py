"""The first screen of a report as a picture, by a headless Chromium."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import cv2

from ..runtime.errors import FilmError
from ..runtime.files import atomic_write

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZE = (1440, 900)
QUALITY = 82
SETTLE = 4000
"""Milliseconds of the page's own time in which its scripts end and its pictures are decoded."""


def write(report: Path, picture: Path) -> None:
    """Write a JPEG of SIZE of what a report shows when it is opened. Raises FilmError where there is no Chromium."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser:
        raise FilmError("The picture of a report needs Chromium.", "Install it, then run it again.")
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder, "shot.png")
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += [f"--window-size={SIZE[0]},{SIZE[1]}", f"--virtual-time-budget={SETTLE}"]
        command += [f"--user-data-dir={folder}/profile", f"--screenshot={shot}", report.resolve().as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        drawn = cv2.imread(str(shot)) if shot.exists() else None
    if drawn is None:
        raise FilmError(f"Chromium made no picture of {report}.", done.stderr.strip().split("\n")[-1])
    with atomic_write(picture) as temporary:
        cv2.imwrite(str(temporary), drawn, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
