"""The strongest free filters for old films, run over grey frames: those of the VapourSynth school.

A program for an environment of its own, which `bench_peers` makes; it imports nothing of the library, and the library
does not import it. `vapoursynth_filters.py BEFORE AFTER SETTINGS` reads frames of 8 bits (n, h, w) from a NumPy file
and writes as many to another, or twice as many after deinterlacing. SETTINGS: a name and numbers, "spotless block=16".
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import numpy as np
import vapoursynth as vs

core: Any = vs.core
Clip = Any
FULL = {"range_in_s": "full", "range_s": "full"}


def spotless(clip: Clip, radius: int = 1, block: int = 8, guided: int = 0) -> Clip:
    """SpotLess: the median of each frame and its motion-compensated neighbours, over the whole picture."""
    both = [_neighbours(clip, delta=delta, block=block, guided=guided) for delta in range(1, radius + 1)]
    shown = [before for before, _ in reversed(both)] + [clip] + [after for _, after in both]
    median = core.zsmooth.TemporalMedian(core.std.Interleave(shown), radius=radius)
    return core.std.SelectEvery(median, len(shown), radius)


def removedirt(clip: Clip, limit: int) -> Clip:
    """RemoveDirtMC: Clense between warped neighbours, held near the source in blocks where those disagree."""
    before, after = _neighbours(clip, block=16, guided=2, flow=True)
    unlike = core.std.BoxBlur(core.std.Expr([before, after], "x y - abs"), hradius=4, vradius=4)
    clean = core.zsmooth.Clense(clip, before, after)
    held = core.zsmooth.Repair(clean, clip, 16)
    return core.std.Expr([clean, held, unlike], f"z {limit} > y x ?")


def despot(clip: Clip, threshold: int) -> Clip:
    """DeSpot along motion: what lies beyond both neighbours, which agree, becomes their mean."""
    before, after = _neighbours(clip, block=16, guided=1)
    spike = "x y - abs {0} > x z - abs {0} > and y z - abs 20 < and x y - x z - * 0 > and 255 0 ?"
    mask, weak = (core.std.Expr([clip, before, after], spike.format(least)) for least in (threshold, threshold // 3))
    for _ in range(6):
        # A speck grows into its weaker edge.
        mask = core.std.Expr([core.std.Maximum(mask), weak, mask], "x y and z or 0 > 255 0 ?")
    return core.std.MaskedMerge(clip, core.std.Expr([before, after], "x y + 2 /"), core.std.Maximum(mask))


def descratch(clip: Clip, mindif: int, maxangle: int, minlen: int, maxgap: int) -> Clip:
    """DeScratch: upright lines darker or lighter than both sides, filled from there."""
    colour = core.resize.Point(clip, format=vs.YUV420P8, matrix_s="170m", **FULL)
    limits = {"mindif": mindif, "maxangle": maxangle, "minlen": minlen, "maxgap": maxgap}
    return core.std.ShufflePlanes(core.descratch.DeScratch(colour, modey=3, modeu=0, modev=0, **limits), 0, vs.GRAY)


def smdegrain(clip: Clip, thsad: int) -> Clip:
    """SMDegrain: MVTools' averaging along refined motion over seven frames."""
    from smdegrain_bis import SMDegrain

    options = {"thSCD1": 16000, "RefineMotion": True, "UHDhalf": False, "contrasharp": False}
    return SMDegrain(clip, tr=3, thSAD=thsad, **options)


def vbm3d(clip: Clip, sigma: int) -> Clip:
    """V-BM3D: a basic estimate, then the final one guided by it, each over five frames."""
    shown, options = _to_float(clip), {"sigma": [sigma], "radius": 2}
    basic = core.bm3d.VAggregate(core.bm3d.VBasic(shown, **options), radius=2, sample=1)
    return _to_8_bits(core.bm3d.VAggregate(core.bm3d.VFinal(shown, basic, **options), radius=2, sample=1))


def dfttest(clip: Clip, sigma: int) -> Clip:
    """DFTTest over five frames."""
    import dfttest2

    return _to_8_bits(dfttest2.DFTTest(_to_float(clip), sigma=sigma, tbsize=5, backend=dfttest2.Backend.CPU()))


def knlmeans(clip: Clip, h: int) -> Clip:
    """Non-local means over three frames."""
    return _to_8_bits(core.nlm_ispc.NLMeans(_to_float(clip), d=1, a=3, s=3, h=float(h)))


def smalldeflicker(clip: Clip, radius: int) -> Clip:
    """SmallDeflicker: the picture shrunk to a few pixels is averaged over time; their ratio is laid on the frame."""
    shown = _to_float(clip)
    small = core.resize.Bilinear(core.resize.Bilinear(shown, 64, 48), 16, 12)
    calm = core.std.AverageFrames(small, [1] * (2 * radius + 1))
    large = [core.resize.Bicubic(one, clip.width, clip.height) for one in (calm, small)]
    return _to_8_bits(core.std.Expr([shown, *large], "x y 0.01 max * z 0.01 max /"))


def qtgmc(clip: Clip, lossless: int = 0) -> Clip:
    """QTGMC, top field first, at twice the rate."""
    from vsdeinterlace import QTempGaussMC

    options = {"source_match_mode": 3, "lossless_mode": 2} if lossless else {}
    return QTempGaussMC(**options).bob(core.std.SetFieldBased(clip, 2))


def nnedi3(clip: Clip) -> Clip:
    """NNEDI3 in what moves, as BWDIF says, at twice the rate."""
    woven = core.std.SetFieldBased(clip, 2)
    return core.bwdif.Bwdif(woven, field=3, edeint=core.znedi3.nnedi3(woven, field=3, nns=4, qual=2))


FILTERS = {
    one.__name__: one
    for one in (
        *(spotless, removedirt, despot, descratch, smdegrain, vbm3d, dfttest, knlmeans, smalldeflicker, qtgmc, nnedi3),
    )
}


def _neighbours(clip: Clip, *, delta: int = 1, block: int = 8, guided: int = 0, flow: bool = False) -> list[Clip]:
    """The frames before and after, laid over this one along motion.

    guided: 0 seeks motion on the frames as they are, 1 on their medians over three frames, which no longer hold dirt,
    and 2 on frames without single pixels that stand out.
    """
    borders = {"hpad": 32, "vpad": 32, "pel": 2, "sharp": 1, "rfilter": 2, "chroma": 0}
    look = (lambda c: c, partial(core.zsmooth.TemporalMedian, radius=1), partial(core.zsmooth.RemoveGrain, mode=2))
    seen, full = core.mv.Super(look[guided](clip), **borders), core.mv.Super(clip, **borders)
    shown = []
    for backward in (False, True):
        vectors = core.mv.Analyse(
            seen, isb=backward, delta=delta, blksize=block, overlap=block // 2, search=5, chroma=0,
            truemotion=guided != 1, pglobal=1,
        )  # fmt: skip
        shown.append((core.mv.Flow if flow else core.mv.Compensate)(clip, full, vectors))
    return shown


def _to_float(clip: Clip) -> Clip:
    return core.resize.Point(clip, format=vs.GRAYS, **FULL)


def _to_8_bits(clip: Clip) -> Clip:
    return core.resize.Point(clip, format=vs.GRAY8, dither_type="none", **FULL)


def filtered(frames: np.ndarray, settings: str) -> np.ndarray:
    """Frames uint8 (n, h, w), or (2n, h, w), after the filter that settings name."""
    name, *values = settings.split()
    numbers = {key: int(value) for key, _, value in (one.partition("=") for one in values)}

    def drawn(n: int, f: Any) -> Any:
        frame = f.copy()
        np.copyto(np.asarray(frame[0]), frames[n])
        return frame

    count, height, width = frames.shape
    blank = core.std.BlankClip(None, width, height, vs.GRAY8, count, 25, 1)
    clip = core.std.SetFrameProps(core.std.ModifyFrame(blank, blank, drawn), _Range=1, _Matrix=2)
    shown = FILTERS[name](clip, **numbers)
    return np.stack([np.asarray(frame[0]).copy() for frame in shown.frames(close=True)])


if __name__ == "__main__":
    core.num_threads = 1
    before, after, wanted = sys.argv[1:]
    np.save(after, filtered(np.load(before), wanted))
