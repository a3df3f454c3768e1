"""The speed of the edition `restored`, every stage, at 640x480 in grey, from the pixels of the source to its own."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from ...film.parts import name
from ...runtime.files import atomic_write
from . import speed

PARTS = 2


def draw(media: Path, path: Path) -> int:
    """Write a 640x480 grey film of natural motion to `path`; returns the number of its frames."""
    import av

    source, count = media / "film" / "chaplin.mp4", 0
    with atomic_write(path) as temporary, av.open(str(temporary), "w", format="matroska") as container:
        stream = container.add_stream("ffv1", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = 640, 480, "gray"
        with av.open(str(source)) as film:
            for frame in film.decode(video=0):
                picture = cv2.resize(frame.to_ndarray(format="gray"), (640, 480), interpolation=cv2.INTER_LANCZOS4)
                shown = av.VideoFrame.from_ndarray(picture.astype(np.uint8), format="gray")
                container.mux(stream.encode(shown))
                count += 1
        container.mux(stream.encode())
    return count


def row(media: Path, folder: Path, workflow: Path, cores: int) -> tuple[str, str, str, str, str]:
    """The row of the repair table; a film is restored in `folder`."""
    what, limits = f"speed of `restored`, every stage, 640x480 grey, {cores} cores", ("6 fps", "20 fps")
    if not (media / "film" / "chaplin.mp4").is_file():
        return what, *limits, "skipped: there is no film/chaplin.mp4", ""
    folder.mkdir(parents=True, exist_ok=True)
    film = folder / "grey.mkv"
    frames = draw(media, film)
    last = [f"results/grey/restored/denoise/{name(part)}.json" for part in range(PARTS)]
    settings = [f"film={film.resolve()}", "editions=restored", f"parts={PARTS}", "auto=false"]
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(workflow), "--directory", str(folder)]
    command += ["--cores", str(cores), "--quiet", "all", "--forceall", *last, "--config", *settings]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    steps = [step for step in speed.rows(folder) if step.step in speed.TRUNK]
    busy = sum([step.seconds for step in steps]) / cores
    work = sum([step.work for step in steps if step.step in speed.STAGES]) / cores
    result = f"{frames / busy:.1f} fps with survey, shots, reading and writing; engines alone {frames / work:.1f}"
    return what, *limits, result, ""
