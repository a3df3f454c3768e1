"""Compares one frame with two neighbours: which spots are dirt, and what belongs there instead.

In five steps: align the neighbours, find candidates, score them, decide which of them are dirt, fill those.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ...frames import optical_flow
from . import _detect, _moving_objects, _repair, _spot_judge, _spot_search
from ._context import Context
from ._dirt_score import score_spots
from ._evidence import WIDE, Alignment, Candidates, Case, Detection, Evidence, Neighbour, Spots
from ._spot_traits import Scene

BETTER_FLOW = 0.8
"""The flow between the neighbours is used where it lowers their disagreement, and that with the frame around the spot,
to this share;"""
CROOKED, CALM = 1.0, 0.03
"""or where the first motion deviates from a straight line by more than this, in pixels, and explains no more, and the
neighbours then differ by less than this, of 1."""
CERTAIN = 6.5
"""Log odds from which a spot looks like nothing but dirt by itself, even if something as light is close by."""


def prepare(evidence: Evidence) -> Case | None:
    """What the frame shows and neither of its neighbours does, and what is known about it; None if there is nothing."""
    looked = look(evidence)
    if looked is None:
        return None
    alignment, spots = looked
    return Case(
        frame=evidence.frame,
        neighbours=alignment.warped,
        spots=spots,
        traits=traits(evidence, alignment, spots),
    )


def decide(case: Case, context: Context) -> Detection:
    """The frame, repaired where it is dirty by all that is known about its spots and those of the frames around it."""
    spots = case.spots
    odds = _spot_judge.log_odds(_spot_judge.with_context(case.traits, context))
    share = spots.score.regions.area[1:] / spots.mask.size
    dirt = _spot_judge.dirty(odds, context.alike_in_both, share)
    mask = spots.scene.with_soft_edge(spots.which(np.concatenate([[False], dirt])))
    before, after = case.neighbours
    filled, inpainted = _repair.filled(case.frame, before, after, mask, spots.scene.noise)
    return Detection(
        frame=np.where(mask[..., None], filled, case.frame),
        mask=mask,
        inpainted=inpainted,
        rejected=spots.clear & ~mask,
        odds=np.where(spots.mask, np.concatenate([[0], odds])[spots.labels], 0).astype(np.float32),
        bodies=spots.bodies,
        tally=spots.score.tally,
    )


def look(evidence: Evidence) -> tuple[Alignment, Spots] | None:
    """The neighbours brought onto the frame, and what stands out from both; None if nothing does."""
    alignment = align(evidence)
    candidates = find_candidates(evidence, alignment)
    if not candidates.mask.any():
        return None
    alignment = correct_motion(evidence, alignment, candidates.mask)
    return alignment, score(evidence, alignment, candidates)


def align(evidence: Evidence) -> Alignment:
    """Both neighbours brought onto the frame, and made as bright as it is.

    As the camera moves, one of them does not show the edge of the picture; the frame behind the other does.
    """
    grey = optical_flow.luma(evidence.frame)
    sources, raws, warped = [], [], []
    for neighbour in evidence.pair:
        moved = optical_flow.warp(neighbour.frame, neighbour.flow)
        gain, offset = _detect.match_brightness(optical_flow.luma(moved), grey)
        sources.append(gain * neighbour.frame + offset)
        raws.append(gain * neighbour.raw + offset)
        warped.append(gain * moved + offset)
    flows = [neighbour.flow for neighbour in evidence.pair]
    behind = [None if far is None else _behind(near, far) for near, far in zip(warped, evidence.beyond, strict=False)]
    shown = [optical_flow.inside(flow) for flow in flows]
    lent = [np.zeros_like(shown[0]) for _ in shown]
    for k, (far, picture) in enumerate(zip(evidence.beyond, behind, strict=True)):
        if far is not None and picture is not None:
            other = 1 - k
            lent[other] = ~shown[other] & shown[k] & optical_flow.inside(far.flow)
            warped[other][lent[other]] = picture[lent[other]]
    return Alignment(
        sources=sources,
        raws=raws,
        warped=warped,
        flows=flows,
        lent=lent,
        visible=(shown[0] | lent[0]) & (shown[1] | lent[1]),
        further=[None if picture is None else optical_flow.luma(picture) for picture in behind],
    )


def _behind(near: np.ndarray, far: Neighbour) -> np.ndarray:
    """The frame behind a neighbour brought onto the frame (h, w, c), and made as bright as that neighbour, `near`."""
    moved = optical_flow.warp(far.frame, far.flow)
    gain, offset = _detect.match_brightness(optical_flow.luma(moved), optical_flow.luma(near))
    return gain * moved + offset


def find_candidates(evidence: Evidence, alignment: Alignment) -> Candidates:
    """Where the frame stands out from both neighbours."""
    (before, after), unlike = alignment.warped, alignment.unlike
    layers = [
        _detect.spikes(evidence.frame[..., c].copy(), before[..., c].copy(), after[..., c].copy(), unlike)
        for c in range(evidence.frame.shape[2])
    ]
    mask = _detect.connected_spots(layers, alignment.visible, evidence.sensitivity, evidence.smallest, evidence.slight)
    strength = np.maximum.reduce([layer.strong for layer in layers]) / np.float32(evidence.sensitivity)
    return Candidates(mask=mask, strength=strength, noise=max(layer.noise for layer in layers))


def correct_motion(evidence: Evidence, alignment: Alignment, mask: np.ndarray) -> Alignment:
    """The alignment, its pictures corrected in place under the candidates and close by: dirt misleads the flow."""
    # What surrounds dirt knows better how the picture moves under it.
    doubtful = cv2.dilate(mask.astype(np.uint8), _repair.RING) > 0
    alignment = replace(alignment, flows=[_repair.fill_in_coarse(flow, doubtful, 2) for flow in alignment.flows])
    stand_ins = [picture[lent] for picture, lent in zip(alignment.warped, alignment.lent, strict=True)]
    for picture, source, flow in zip(alignment.warped, alignment.sources, alignment.flows, strict=True):
        picture[doubtful] = _repair.along(source, flow, doubtful)
    if evidence.bypass is not None and cv2.erode(mask.astype(np.uint8), WIDE).any():
        _take_better_flow(evidence, alignment, mask, doubtful)
    for picture, lent, pixels in zip(alignment.warped, alignment.lent, stand_ins, strict=True):
        picture[lent] = pixels
    return alignment


def _take_better_flow(evidence: Evidence, alignment: Alignment, mask: np.ndarray, doubtful: np.ndarray) -> None:
    """Replaces, in place, the flow under those spots over which the neighbours agree better along the bypass.

    Or about as well, where the motion is not straight: a flow that bends alike to both sides agrees with itself.
    """
    assert evidence.bypass is not None
    bypass = evidence.bypass()
    flows, warped, frame = alignment.flows, alignment.warped, evidence.frame
    anew = [_repair.along(source, flow, doubtful) for source, flow in zip(alignment.sources, bypass, strict=True)]
    count, labels = cv2.connectedComponents(doubtful.astype(np.uint8), connectivity=8)
    inside, rim = labels[doubtful], ~mask[doubtful]
    size = np.maximum(np.bincount(inside, minlength=count), 1)
    errors = []
    for a, b in ((warped[0][doubtful], warped[1][doubtful]), anew):
        unlike = np.abs(a - b).mean(axis=1)
        off = np.minimum(np.abs(a - frame[doubtful]), np.abs(b - frame[doubtful])).mean(axis=1)
        errors.append(np.bincount(inside, unlike + off * rim, count) / size)
    first, second = errors
    jerk = np.bincount(inside, np.abs(flows[0] + flows[1])[doubtful].max(axis=1), count) / size
    straighter = (jerk > CROOKED) & (second < np.minimum(1.1 * first + 0.002, CALM))
    better = ((second < BETTER_FLOW * first) | straighter)[inside]
    where = np.zeros_like(doubtful)
    where[doubtful] = better
    for picture, flow, other, new in zip(warped, flows, bypass, anew, strict=True):
        picture[where] = new[better]
        flow[where] = other[where]


def score(evidence: Evidence, alignment: Alignment, candidates: Candidates) -> Spots:
    """The candidates with the log odds that each is dirt."""
    mask = candidates.mask
    frame, (before, after) = evidence.frame, alignment.warped
    to_before, to_after = frame - before, frame - after
    step = np.where(np.abs(to_before) < np.abs(to_after), to_before, to_after)
    # Dirt in one dye layer of a colour film stands out in that layer only.
    layer = np.abs(step).argmax(axis=2)[..., None] if frame.shape[2] > 1 else np.zeros((1, 1, 1), np.intp)
    current, boldest_step = _pick(frame, layer), _pick(step, layer)
    # Straight motion covers as much on either side; two neighbours on one side are one step and two away.
    near, far = alignment.flows
    jerk = 2 * near - far if evidence.one_sided else near + far
    scene = Scene(
        current=current,
        behind=current - boldest_step,
        residual=_mean(np.abs(step)),
        spread=_mean(cv2.absdiff(before, after).reshape(frame.shape)),
        jerk=_least_jerk(jerk),
        strength=candidates.strength,
        noise=candidates.noise,
    )
    mean_step = _mean(step)
    body_labels, bodies = _moving_objects.bodies(mask, mean_step)
    return Spots(
        score=score_spots(mask, scene, evidence.nearby_tallies),
        body_labels=body_labels,
        bodies=bodies,
        scene=scene,
        step=mean_step,
    )


def _least_jerk(jerk: np.ndarray) -> np.ndarray:
    """How far motion (h, w, 2) is from a straight line, or from how the whole picture jerks, whichever is less: (h, w).

    Of a camera that shakes all things jerk alike, and the flow follows them.
    """
    common = np.median(jerk[::8, ::8], axis=(0, 1))
    return np.minimum(*(np.hypot(one[..., 0], one[..., 1]) for one in (jerk, jerk - common)))


def traits(evidence: Evidence, alignment: Alignment, spots: Spots) -> np.ndarray:
    """What is known about each spot from its own frame and the next ones, as `_spot_judge.traits` has it."""
    share = _moving_objects.turning(spots.bodies, evidence.nearby_bodies)
    turning = spots.score.regions.means(share[spots.body_labels], spots.mask)
    return _spot_judge.traits(evidence, alignment, spots, again(evidence, alignment, spots), turning)


def again(evidence: Evidence, alignment: Alignment, spots: Spots) -> np.ndarray:
    """The share of each spot that both neighbours show as well, in another place; 0 of what can only be dirt."""
    doubtful = spots.which(spots.score.odds <= CERTAIN)
    new = _spot_search.not_found_again(doubtful, _search(evidence, alignment, spots))
    return spots.score.regions.means((doubtful & ~new).astype(np.float32), spots.mask)


def _search(evidence: Evidence, alignment: Alignment, spots: Spots) -> _spot_search.Search:
    """Where spots are searched for."""
    return _spot_search.Search(
        current=optical_flow.luma(evidence.frame),
        step=spots.step,
        others=alignment.raws,
        excess=[raw - optical_flow.luma(source) for raw, source in zip(alignment.raws, alignment.sources, strict=True)],
        flows=alignment.flows,
        between=not evidence.one_sided,
    )


def _mean(picture: np.ndarray) -> np.ndarray:
    """Mean over the channels of (h, w, c): (h, w)."""
    return picture[..., 0] if picture.shape[2] == 1 else picture.mean(axis=2)


def _pick(picture: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """The channel `layer` (h, w, 1) of each pixel of (h, w, c): (h, w)."""
    return picture[..., 0] if picture.shape[2] == 1 else np.take_along_axis(picture, layer, axis=2)[..., 0]
