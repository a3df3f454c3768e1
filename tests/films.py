"""Films for tests: drawn in memory, written to disk."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np


def moving_texture(
    frames: int,
    height: int,
    width: int,
    channels: int = 1,
    step: tuple[float, float] = (0.7, 0.3),
    seed: int = 0,
    object_step: tuple[float, float] = (-1.3, 0.6),
) -> np.ndarray:
    """A natural-looking ground that moves by `step` = (dx, dy) pixels a frame, and a disc in front with its own step.

    float32 (frames, height, width, channels), 0..1. Whole-pixel steps move the ground without any resampling. The
    disc, half as high as the picture, starts in the middle.
    """
    rng = np.random.default_rng(seed)
    reach = [int(np.ceil(abs(s) * max(frames - 1, 0))) + 2 for s in step]
    ground = texture(height + 2 * reach[1], width + 2 * reach[0], channels, rng)
    surface = texture(height, width, channels, rng)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    film = []
    for t in range(frames):
        behind = _read(ground, x + np.float32(reach[0] - step[0] * t), y + np.float32(reach[1] - step[1] * t))
        dx, dy = (np.float32(s * t) for s in object_step)
        before = _read(surface, x - dx, y - dy)
        distance = np.hypot(x - dx - (width - 1) / 2, y - dy - (height - 1) / 2)
        cover = np.clip(height / 4 - distance + 0.5, 0, 1)[..., None]
        film.append(behind + cover * (before - behind))
    return np.clip(np.stack(film), 0, 1).astype(np.float32)


def texture(height: int, width: int, channels: int, rng: np.random.Generator) -> np.ndarray:
    """Noise whose amplitude falls as its detail gets finer, as in photographs: float32 (h, w, c), about 0.1..0.9."""
    total = np.zeros((height, width, channels), np.float32)
    for sigma in (1.2, 2.5, 5, 10, 20):
        noise = cv2.GaussianBlur(rng.standard_normal(total.shape, np.float32), (0, 0), sigma).reshape(total.shape)
        common = noise.mean(axis=2, keepdims=True)
        layer = 0.7 * common + 0.3 * noise
        total += layer / max(float(layer.std()), 1e-6) * sigma**0.5
    return np.clip(0.5 + 0.16 * (total - total.mean()) / max(float(total.std()), 1e-6), 0.05, 0.95)


def _read(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    moved = cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return moved.reshape(x.shape + picture.shape[2:])


def interlace(frames: np.ndarray, top_first: bool = True) -> np.ndarray:
    """Pairs of frames woven into one, (2n, h, w, c) -> (n, h, w, c): the first of a pair gives the first field."""
    woven = frames[0::2].copy()
    other = slice(1, None, 2)
    if top_first:
        woven[:, other] = frames[1::2, other]
    else:
        woven = frames[1::2].copy()
        woven[:, other] = frames[0::2, other]
    return woven


def write_video(
    path: Path,
    frames: np.ndarray,
    rate: Fraction | int | str = 24,
    codec: str = "ffv1",
    audio: np.ndarray | None = None,
    *,
    audio_rate: int = 48000,
    audio_codec: str = "pcm_s16le",
    pixel_format: str | None = None,
    sample_aspect: Fraction | None = None,
    interlaced: str | None = None,
    colour: Mapping[str, int] | None = None,
    options: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """Write frames (n, h, w, c), float 0..1, with sound (samples,) or (channels, samples) in -1..1; returns `path`.

    pixel_format: what the file stores; without it gray or bgr0 for ffv1, yuv420p for others. interlaced: "tt" or "bb"
    marks the frames as two fields, top or bottom first (ffv1, mpeg2video, libx264). colour: numbers of ITU-T H.273 for
    color_primaries, color_trc, colorspace and of libavutil for color_range (1 limited, 2 full). options: the encoder's.
    metadata: the container's tags, such as timecode.
    """
    import av

    grey = frames.shape[3] == 1
    stored = pixel_format or (("gray" if grey else "bgr0") if codec == "ffv1" else "yuv420p")
    settings = dict(options or {})
    if interlaced and codec == "libx264":
        settings["x264-params"] = "tff=1" if interlaced == "tt" else "bff=1"
    if codec == "libx264":
        settings.setdefault("crf", "10")
    with av.open(str(path), "w") as container:
        container.metadata.update(metadata or {})
        video: Any = container.add_stream(codec, rate=Fraction(rate), options=settings)
        video.width, video.height, video.pix_fmt = frames.shape[2], frames.shape[1], stored
        context = video.codec_context
        if interlaced and codec != "libx264":
            context.flags |= 0x40000 | 0x20000000  # AV_CODEC_FLAG_INTERLACED_DCT and _ME
            context.field_order = {"tt": 2, "bb": 3}[interlaced]
        for name, value in (colour or {}).items():
            setattr(context, name, value)
        sound: Any = None
        if audio is not None:
            tracks = np.atleast_2d(audio).astype(np.float32)
            layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(tracks)]
            sound = container.add_stream(audio_codec, rate=audio_rate, layout=layout)
            piece = av.AudioFrame.from_ndarray(np.ascontiguousarray(tracks), format="fltp", layout=layout)
            piece.sample_rate, piece.pts, piece.time_base = audio_rate, 0, Fraction(1, audio_rate)
        mark = _marker(interlaced, frames, stored, Fraction(rate)) if interlaced else None
        for i, frame in enumerate(frames):
            picture = _picture(frame, stored)
            picture.pts, picture.time_base = i, 1 / Fraction(rate)
            container.mux(video.encode(_marked(mark, picture) if mark else picture))
        container.mux(video.encode(None))
        if sound is not None:
            for part in (piece, None):
                container.mux(sound.encode(part))
    if sample_aspect is not None:
        _set_aspect(path, sample_aspect * Fraction(frames.shape[2], frames.shape[1]))
    return path


def _set_aspect(path: Path, display: Fraction) -> None:
    """Write the shape of the picture into the container: PyAV can only put it into the stream, where Matroska's
    muxer does not look."""
    import imageio_ffmpeg  # type: ignore[import-untyped]

    plain = path.with_name(f"plain-{path.name}")
    path.rename(plain)
    shape = f"{display.numerator}:{display.denominator}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", plain, "-map", "0", "-c", "copy", "-aspect", shape]
    subprocess.run([*command, path], check=True)
    plain.unlink()


def _marker(interlaced: str, frames: np.ndarray, stored: str, rate: Fraction) -> Any:
    """A filter graph that flags each frame as two fields, which PyAV's frames cannot be told directly."""
    import av

    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=frames.shape[2], height=frames.shape[1], format=av.VideoFormat(stored), time_base=1 / rate
    )
    fields = graph.add("setfield", {"tt": "tff", "bb": "bff"}[interlaced])
    sink = graph.add("buffersink")
    source.link_to(fields)
    fields.link_to(sink)
    graph.configure()
    return graph


def _marked(graph: Any, picture: Any) -> Any:
    graph.vpush(picture)
    return graph.vpull()


def _picture(frame: np.ndarray, stored: str) -> Any:
    """One frame as an av.VideoFrame of that pixel format; grey and RGB formats keep their values exactly."""
    import av

    depth = re.fullmatch(r"(?:gray|gbrp|rgb)(|9|10|12|14|16|24|48)(?:le|be)?", stored)
    if depth is None:
        deep = re.search(r"p(9|10|12|14|16)(le|be)$", stored) is not None
        return _picture(frame, "rgb48le" if deep else "rgb24").reformat(format=stored)
    bits = {"": 8, "24": 8, "48": 16}.get(depth[1]) or int(depth[1])
    grey = stored.startswith("gray")
    values = quantised(frame[..., 0] if grey else np.broadcast_to(frame, (*frame.shape[:2], 3)), bits)
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(values), format=stored)


def quantised(values: np.ndarray, bits: int) -> np.ndarray:
    """0..1 as whole numbers 0..2^bits-1, rounded, uint8 or uint16."""
    whole = np.rint(np.clip(values, 0, 1) * (2**bits - 1))
    return whole.astype(np.uint8 if bits == 8 else np.uint16)


def write_frames(
    folder: Path, frames: np.ndarray, bits: int = 8, extension: str = "png", *, first: int = 1, digits: int = 4
) -> Path:
    """Write frames (n, h, w, c), float 0..1, as numbered pictures.

    png and tif have 8 or 16 bits; dpx 8, 10, 12 or 16 in colour, 8 or 16 in grey; exr holds floating point. Returns
    `folder`, which is made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(frames, first):
        path = folder / f"{number:0{digits}d}.{extension}"
        if extension in ("dpx", "exr"):
            _write_with_ffmpeg(path, frame, bits)
        else:
            picture = quantised(frame, bits)
            if not cv2.imwrite(str(path), picture[..., ::-1] if picture.shape[2] == 3 else picture):
                raise OSError(f"cannot write {path}")
    return folder


def _write_with_ffmpeg(path: Path, frame: np.ndarray, bits: int) -> None:
    import av

    grey = frame.shape[2] == 1
    if path.suffix == ".exr":
        kind = "grayf32le" if grey else "gbrpf32le"
        values = np.ascontiguousarray(frame[..., 0] if grey else frame, np.float32)
        picture = av.VideoFrame.from_ndarray(values, format=kind)
    else:
        kinds = {8: "gray", 16: "gray16be"} if grey else {8: "rgb24", 10: "gbrp10le", 12: "gbrp12le", 16: "rgb48be"}
        kind = kinds[bits]
        picture = _picture(frame, kind)
    context = av.CodecContext.create(path.suffix[1:], "w")
    context.width, context.height, context.pix_fmt = frame.shape[1], frame.shape[0], kind
    context.time_base = Fraction(1, 24)
    packets = [*context.encode(picture), *context.encode(None)]
    path.write_bytes(b"".join(bytes(packet) for packet in packets))


def ffmpeg(*arguments: object) -> None:
    """Run FFmpeg with these arguments, overwriting files."""
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def repetitive(what: str, shifts: tuple[float, ...]) -> list[np.ndarray]:
    """A fence with a post every 12 pixels, or windows every 20, before a textured sky, panned by some pixels."""
    sky = texture(120, 260, 1, np.random.default_rng(3))[..., 0] * 0.4 + 0.5
    x, y = np.meshgrid(np.arange(260), np.arange(120))
    fence, windows = (x % 12 < 5) & (y > 50), (x % 20 < 9) & (y % 24 < 12) & (y > 30)
    pattern = fence if what == "fence" else windows
    scene = np.where(pattern, 0.15, sky).astype(np.float32)
    steps = [np.array([[1, 0, -20 - shift], [0, 1, 0]], np.float32) for shift in shifts]
    return [cv2.warpAffine(scene, step, (200, 120), flags=cv2.INTER_LINEAR)[..., None] for step in steps]
