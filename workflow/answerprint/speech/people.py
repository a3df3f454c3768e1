"""Whose face each followed face is: the person of a portrait, or a stranger who is known again by likeness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..frames.face_tracks import FaceTrack
from .clustering import group_by_distance
from .speaker import Speaker

NOT_THE_SAME = 1e4
"""A distance so large that no average with other faces of the two people comes down to the limit."""

Portraits = Mapping[str, np.ndarray]
"""Descriptors (k, d) of each person, by name."""
People = dict[int, tuple[Speaker, float | None]]
"""By number of the track, its person and the distance to the nearest portrait, None without portraits."""


def identify(tracks: Sequence[FaceTrack], identity: Any, portraits: Portraits) -> People:
    """The person of each described track; strangers are numbered by likeness, in order. `identity` is an engine.

    A track is named by its own portrait first. The rest join the group of tracks that they resemble, but never one
    with another name or with a face visible at the same time: two faces at once are two people. A group that is then
    without a name gets that of the portrait that its mean resembles.
    """
    order = sorted(tracks, key=lambda track: (track.frames[0], track.id))
    if not order:
        return {}
    faces = np.array([track.descriptor for track in order])
    at_once = _visible_at_once(order)
    matches = [identity.name(face, portraits) for face in faces]
    names = _one_of_each(np.array([name or "" for name, _ in matches]), [far for _, far in matches], at_once)
    groups = np.array(group_by_distance(_distances(faces, at_once, names), identity.options.alike))
    named = _names_of_groups(groups, names, order, identity, portraits)
    return {
        track.id: (named.get(group, Speaker.face(group)), round(nearest, 3) if np.isfinite(nearest) else None)
        for track, group, (_, nearest) in zip(order, groups.tolist(), matches, strict=True)
    }


def _visible_at_once(tracks: Sequence[FaceTrack]) -> np.ndarray:
    """Which tracks share a frame, (n, n)."""
    first, last = (np.array([track.frames[i] for track in tracks]) for i in (0, -1))
    return (first[:, None] <= last) & (first <= last[:, None])


def _one_of_each(names: np.ndarray, distances: Sequence[float], at_once: np.ndarray) -> np.ndarray:
    """Names without those that a nearer face visible at the same time has: nobody is there twice."""
    kept = names.copy()
    for i in np.argsort(distances, kind="stable")[::-1]:
        rivals = (kept == kept[i]) & at_once[i]
        if kept[i] and rivals.sum() > 1:
            kept[i] = ""
    return kept


def _distances(faces: np.ndarray, at_once: np.ndarray, names: np.ndarray) -> np.ndarray:
    """How different the people of tracks are, (n, n): 0 for one name, very large for those who cannot be the same."""
    distances = np.array([np.linalg.norm(faces - face, axis=1) for face in faces])
    both_named = (names[:, None] != "") & (names != "")
    same_name = names[:, None] == names
    different = at_once | (both_named & ~same_name)
    distances = np.where(both_named & same_name, 0.0, np.where(different, NOT_THE_SAME, distances))
    np.fill_diagonal(distances, 0.0)
    return distances


def _names_of_groups(
    groups: np.ndarray, names: np.ndarray, tracks: Sequence[FaceTrack], identity: Any, portraits: Portraits
) -> dict[int, Speaker]:
    """The name of each group that has one: of one of its tracks, else of the portrait that its mean face resembles."""
    named = {int(group): str(name) for group, name in zip(groups, names, strict=True) if name}
    at_once = _visible_at_once(tracks)
    for group in sorted({*groups.tolist()} - {*named}):
        inside = groups == group
        lengths = [len(track.frames) for track, member in zip(tracks, inside, strict=True) if member]
        faces = np.array([track.descriptor for track, member in zip(tracks, inside, strict=True) if member])
        name, _ = identity.name(np.average(faces, axis=0, weights=lengths), portraits)
        holders = np.isin(groups, [other for other, taken in named.items() if taken == name])
        if name and not at_once[np.ix_(inside, holders)].any():
            named[group] = name
    return {group: Speaker.named(name) for group, name in named.items()}
