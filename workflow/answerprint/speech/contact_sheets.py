"""A sheet of each speaker's faces and a sample of their voice, so that a person can say who somebody is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..frames.faces import Read, Track, crop_square
from ..frames.optical_flow import eight_bits
from .recognise import RATE

FACES = 8
"""Pictures on a sheet, of as many moments."""
SIDE = 160
MARGIN = 0.35
"""Share of the face's box added on each side: hair and collar help to know somebody."""
LONGEST = 8.0
"""Seconds of a sample of a voice."""


def faces(read: Read, tracks: Sequence[Track], most: int = FACES) -> list[np.ndarray]:
    """Pictures uint8 (160, 160, c) of one person: the surest face of pieces of their tracks, in order of time."""
    pieces: list[tuple[Track, np.ndarray]] = []
    total = sum(len(track.frames) for track in tracks)
    for track in sorted(tracks, key=lambda one: int(one.frames[0])):
        share = min(len(track.frames), max(1, round(most * len(track.frames) / max(1, total))))
        pieces += [(track, piece) for piece in np.array_split(np.arange(len(track.frames)), share)]
    # A person may be in more shots than a sheet has room for: pieces evenly spread over the film are kept.
    kept = [pieces[i] for i in np.unique(np.linspace(0, len(pieces) - 1, min(most, len(pieces))).astype(int))]
    found = []
    for track, piece in kept:
        best = int(piece[track.scores[piece].argmax()])
        frame = read(int(track.frames[best]), int(track.frames[best]) + 1)[0]
        found.append(eight_bits(crop_square(frame, track.boxes[best], SIDE, MARGIN)))
    return found


def contact_sheet(pictures: Sequence[np.ndarray], columns: int = 4) -> np.ndarray:
    """Pictures of one size side by side, uint8 (h, w, 3), grey where there is none."""
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * SIDE, min(columns, len(pictures)) * SIDE, 3), 96, np.uint8)
    for i, picture in enumerate(pictures):
        y, x = (SIDE * k for k in divmod(i, columns))
        sheet[y : y + SIDE, x : x + SIDE] = picture
    return sheet


def sample(lines: Sequence[Mapping[str, Any]], samples: np.ndarray) -> np.ndarray:
    """Up to 8 s of one person's voice: their surest lines, the longer first, with a breath between."""
    order = sorted(lines, key=lambda line: (-line["confidence"] * min(4.0, line["end"] - line["start"]), line["start"]))
    pieces: list[np.ndarray] = []
    for line in order:
        piece = samples[round(line["start"] * RATE) : round(line["end"] * RATE)]
        left = round(LONGEST * RATE) - sum(map(len, pieces))
        if left < RATE // 2:
            break
        pieces += [piece[:left], np.zeros(RATE // 4, np.float32)]
    return np.concatenate([*pieces, np.zeros(0, np.float32)])


def write(
    folder: Path,
    people: Sequence[Mapping[str, Any]],
    lines: Sequence[Mapping[str, Any]],
    tracks: Sequence[Track],
    read: Read,
    samples: np.ndarray,
) -> list[dict[str, Any]]:
    """NAME.jpg and NAME.flac of each person in a folder, and what is in it: [{"speaker", "known", "faces", "voice"}].

    `people` and `lines` are from speakers.transcript, before anybody corrected them, so that the files keep the names
    that decisions speak of.
    """
    import soundfile

    folder.mkdir(parents=True, exist_ok=True)
    by_id = {track.id: track for track in tracks}
    index = []
    for person in people:
        name = re.sub(r"[^\w.-]+", "_", str(person["speaker"])).strip("._") or "person"
        row = {"speaker": person["speaker"], "known": person["known"], "faces": None, "voice": None}
        pictures = faces(read, [by_id[number] for number in person["tracks"]])
        if pictures:
            row["faces"] = f"{name}.jpg"
            picture = contact_sheet(pictures)[..., ::-1]
            (folder / row["faces"]).write_bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])[1])
        voice = sample([line for line in lines if line["speaker"] == person["speaker"]], samples)
        if len(voice):
            row["voice"] = f"{name}.flac"
            soundfile.write(folder / row["voice"], voice, RATE, format="FLAC", subtype="PCM_16")
        index.append(row)
    return index
