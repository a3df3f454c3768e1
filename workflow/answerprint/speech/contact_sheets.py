"""A sheet of each speaker's faces and a sample of their voice, so that a person can say who somebody is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..film.sound import RATE
from ..frames.face_crops import crop_square
from ..frames.face_detection import ReadFrames
from ..frames.face_tracks import FaceTrack
from ..frames.optical_flow import eight_bits
from ..plan.film_sheet import file_name

FACES = 8
"""Pictures on a sheet, each of another moment."""
SIDE = 160
"""Pixels of a picture's side."""
MARGIN = 0.35
"""Share of the face's box added on each side: hair and collar help to recognise somebody."""
LONGEST = 8.0
"""Seconds of a voice sample."""
SHORTEST = 0.5
"""Seconds of a line that are worth adding to a voice sample."""
BREATH = 0.25
"""Seconds of silence after each line of a voice sample."""


def face_pictures(read: ReadFrames, tracks: Sequence[FaceTrack], most: int = FACES) -> list[np.ndarray]:
    """Pictures uint8 (160, 160, c) of one person in order of time, each the surest face of a piece of their tracks."""
    pieces: list[tuple[FaceTrack, np.ndarray]] = []
    total = sum(len(track.frames) for track in tracks)
    for track in sorted(tracks, key=lambda one: int(one.frames[0])):
        share = min(len(track.frames), max(1, round(most * len(track.frames) / max(1, total))))
        pieces += [(track, piece) for piece in np.array_split(np.arange(len(track.frames)), share)]
    # A person may be in more shots than fit on a sheet: pieces evenly spread over the film are kept.
    kept = [pieces[i] for i in np.unique(np.linspace(0, len(pieces) - 1, min(most, len(pieces))).astype(int))]
    pictures = []
    for track, piece in kept:
        best = int(piece[track.scores[piece].argmax()])
        frame = read(int(track.frames[best]), int(track.frames[best]) + 1)[0]
        pictures.append(eight_bits(crop_square(frame, track.boxes[best], SIDE, MARGIN)))
    return pictures


def contact_sheet(pictures: Sequence[np.ndarray], columns: int = 4) -> np.ndarray:
    """Pictures of one size side by side, uint8 (h, w, 3); empty places are grey."""
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * SIDE, min(columns, len(pictures)) * SIDE, 3), 96, np.uint8)
    for i, picture in enumerate(pictures):
        y, x = (SIDE * k for k in divmod(i, columns))
        sheet[y : y + SIDE, x : x + SIDE] = picture
    return sheet


def voice_sample(lines: Sequence[Mapping[str, Any]], samples: np.ndarray) -> np.ndarray:
    """Up to 8 s of one person's voice, float32 (n,): their surest and longest lines, with a breath between."""
    order = sorted(lines, key=lambda line: (-line["confidence"] * min(4.0, line["end"] - line["start"]), line["start"]))
    pieces: list[np.ndarray] = []
    for line in order:
        piece = samples[round(line["start"] * RATE) : round(line["end"] * RATE)]
        room = round(LONGEST * RATE) - sum(map(len, pieces))
        if room < SHORTEST * RATE:
            break
        pieces += [piece[:room], np.zeros(round(BREATH * RATE), np.float32)]
    return np.concatenate([*pieces, np.zeros(0, np.float32)])


def write(
    folder: Path,
    people: Sequence[Mapping[str, Any]],
    lines: Sequence[Mapping[str, Any]],
    tracks: Sequence[FaceTrack],
    read: ReadFrames,
    samples: np.ndarray,
) -> list[dict[str, Any]]:
    """Write NAME.jpg and NAME.flac of each person to a folder; returns [{"speaker", "known", "faces", "voice"}].

    `faces` and `voice` are file names, None without a face or a line. `people` and `lines` are from
    `transcript.transcript`, before corrections, so that files have the names that decisions refer to; `samples` are at
    16 kHz.
    """
    folder.mkdir(parents=True, exist_ok=True)
    by_id = {track.id: track for track in tracks}
    index, taken = [], set[str]()
    for person in people:
        speaker = str(person["speaker"])
        name = file_name(speaker)
        while name in taken:
            name += "_"
        taken.add(name)
        pictures = face_pictures(read, [by_id[number] for number in person["tracks"]])
        voice = voice_sample([line for line in lines if line["speaker"] == speaker], samples)
        index.append(
            {
                "speaker": person["speaker"],
                "known": person["known"],
                "faces": _write_sheet(folder / f"{name}.jpg", pictures),
                "voice": _write_voice(folder / f"{name}.flac", voice),
            }
        )
    return index


def _write_sheet(path: Path, pictures: Sequence[np.ndarray]) -> str | None:
    """The name of the sheet written, None without pictures."""
    if not pictures:
        return None
    sheet = contact_sheet(pictures)[..., ::-1]
    path.write_bytes(cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes())
    return path.name


def _write_voice(path: Path, samples: np.ndarray) -> str | None:
    """The name of the sample written, None without sound."""
    import soundfile

    if not len(samples):
        return None
    soundfile.write(path, samples, RATE, format="FLAC", subtype="PCM_16")
    return path.name
