"""A file is read by itself: lists of other files are refused before anything else is opened, and so are giants."""

from __future__ import annotations

import os
import struct
import time
import zlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from answerprint.film import audio, containers, limits, matte, probe, sound
from answerprint.runtime.errors import FilmError
from answerprint.speech import existing_subtitles
from films import ffmpeg, moving_texture, write_frames, write_video
from media import take

LISTS = {
    "ffconcat": "ffconcat version 1.0\nfile {name}\n",
    "concat by its option": "ffconcat version 1.0\noption safe 0\nfile '{path}'\n",
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{name}\n#EXT-X-ENDLIST\n",
    "hls by address": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{path}\n#EXT-X-ENDLIST\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet>'
    '<Representation id="1"><BaseURL>{name}</BaseURL></Representation></AdaptationSet></Period></MPD>',
    "imf": '<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2013">{name}'
    "</CompositionPlaylist>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\na={name}\n",
    "avisynth": 'AviSource("{path}")\n',
    "microdvd": "{{0}}{{25}}{name}\n",
    "vobsub": "# VobSub index file, v7 (do not modify this line!)\nid: en, index: 0\n{name}\n",
}
NAMES = ["a.mp4", "a.mkv", "a.mov", "a.m3u8", "a.ffconcat", "a.ts", "a.avi", "a.wav", "a.idx"]


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A good film that no other file may show: a named pipe would do as well, but this shows its pixels."""
    return write_video(tmp_path / "victim.ts", moving_texture(5, 48, 64, 1), 25, "mpeg2video")


def _list(path: Path, kind: str, victim: Path) -> Path:
    path.write_text(LISTS[kind].format(name=victim.name, path=victim))
    return path


def _unread(victim: Path) -> None:
    """Make a file tell whether it was read: its access time is set far back."""
    os.utime(victim, ns=(0, victim.stat().st_mtime_ns))


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_list_of_files_is_no_film(tmp_path: Path, victim: Path, kind: str, name: str) -> None:
    path = _list(tmp_path / name, kind, victim)
    _unread(victim)
    with pytest.raises(FilmError, match="not a film"):
        probe.inspect(path)
    assert victim.stat().st_atime_ns == 0


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("suffix", [".png", ".tif", ".dpx", ".exr", ".jpg", ".bmp"])
def test_a_list_of_files_is_no_frame(tmp_path: Path, victim: Path, kind: str, suffix: str) -> None:
    folder = tmp_path / "reel"
    folder.mkdir()
    _list(folder / f"f_0001{suffix}", kind, victim)
    _unread(victim)
    with pytest.raises(FilmError, match="not a frame"):
        probe.inspect(folder, Fraction(24))
    assert victim.stat().st_atime_ns == 0


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_among_frames_is_no_frame(tmp_path: Path, victim: Path, kind: str) -> None:
    folder = write_frames(tmp_path / "reel", moving_texture(2, 48, 64, 1))
    _list(folder / "0003.png", kind, victim)
    with pytest.raises(FilmError, match="not a frame"):
        take(folder, tmp_path, rate=Fraction(24))


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("name", ["a.wav", "a.mp4", "a.mp3"])
def test_a_list_of_files_is_no_sound(tmp_path: Path, kind: str, name: str) -> None:
    heard = tmp_path / "heard.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=d=0.2", heard)
    path = _list(tmp_path / ("x" + name), kind, heard)
    _unread(heard)
    with pytest.raises(FilmError):
        audio.extract(path, 0, None, tmp_path / "out.flac")
    with pytest.raises(FilmError):
        sound.load_audio(path)
    assert heard.stat().st_atime_ns == 0 and not (tmp_path / "out.flac").exists()


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_of_files_is_no_matte(tmp_path: Path, victim: Path, kind: str) -> None:
    facts = probe.inspect(victim)
    with pytest.raises(FilmError):
        matte.must_fit(_list(tmp_path / "matte.mkv", kind, victim), facts)


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_of_files_is_no_subtitles(tmp_path: Path, kind: str) -> None:
    there = tmp_path / "there.srt"
    there.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello.\n")
    with pytest.raises(FilmError, match="no subtitles"):
        existing_subtitles.read(_list(tmp_path / "a.srt", kind, there))


def test_a_quicktime_file_that_names_another_reads_only_itself(tmp_path: Path, victim: Path) -> None:
    path = write_video(tmp_path / "a.mov", moving_texture(3, 48, 64, 1), 25, "mpeg4")
    content = path.read_bytes()
    # A data reference of its own file, turned into one to a URL.
    there = content.index(b"url \0\0\0\1")
    path.write_bytes(content[:there] + b"url \0\0\0\0" + content[there + 8 :])
    _unread(victim)
    probe.inspect(path)
    assert victim.stat().st_atime_ns == 0


@pytest.mark.parametrize("suffix", ["png", "tif", "dpx", "bmp", "jpg"])
def test_a_frame_is_read_by_its_content_whatever_it_is_called(tmp_path: Path, suffix: str) -> None:
    folder = write_frames(tmp_path / "plain", moving_texture(1, 17, 23, 3), 8, "png")
    other = tmp_path / "reel"
    other.mkdir()
    (folder / "0001.png").rename(other / f"0001%d.{suffix}")
    assert probe.inspect(other, Fraction(24)).pixel_format == "rgb24"


# Limits


def _png(path: Path, width: int, height: int, bits: int) -> Path:
    """A PNG of nothing but black, which compresses a thousandfold."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    row = bytes(1 + width * bits * 3 // 8)
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(row) for _ in range(2)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b""))
    return path


@pytest.mark.parametrize("size", [(16000, 16000), (40000, 1000), (1000, 40000), (2_000_000, 2_000_000)])
def test_a_giant_frame_is_refused_before_it_is_decoded(tmp_path: Path, size: tuple[int, int]) -> None:
    folder = tmp_path / "reel"
    folder.mkdir()
    _png(folder / "1.png", *size, 16)
    begun = time.monotonic()
    with pytest.raises(FilmError) as caught:
        probe.inspect(folder, Fraction(24))
    assert time.monotonic() - begun < 5 and caught.value.hint
    if size[0] < 100_000:
        assert f"{size[0]}x{size[1]}" in caught.value.message


def test_a_giant_frame_among_others_is_refused(tmp_path: Path) -> None:
    folder = write_frames(tmp_path / "reel", moving_texture(2, 16, 16, 1))
    _png(folder / "0003.png", 16000, 16000, 16)
    with pytest.raises(FilmError, match="16000x16000"):
        take(folder, tmp_path, rate=Fraction(24))


def test_a_film_that_claims_to_be_a_giant_is_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mov", moving_texture(1, 32, 32, 1), 25, "mjpeg", pixel_format="yuvj420p")
    content = bytearray(path.read_bytes())
    struct.pack_into(">HH", content, content.index(b"jpeg", content.index(b"stsd")) + 28, 40000, 30000)
    start = content.index(b"\xff\xc0")
    struct.pack_into(">HH", content, start + 5, 30000, 40000)
    path.write_bytes(content)
    with pytest.raises(FilmError):
        take(path, tmp_path)


def test_limits_are_named() -> None:
    limits.require_size("a", 10900, 8200)
    for width, height in ((16000, 16000), (limits.LONGEST_SIDE + 1, 1)):
        with pytest.raises(FilmError, match=f"{width}x{height}"):
            limits.require_size("a", width, height)
    limits.require_frames("a", 24 * 3600 * 24)
    with pytest.raises(FilmError, match="by its header"):
        limits.require_frames("a", 10**9)


# Text that is not text


def test_dpx_whose_unused_fields_are_all_ones_is_a_film(tmp_path: Path) -> None:
    film = moving_texture(2, 21, 35, 3)
    plain = take(write_frames(tmp_path / "plain", film, 10, "dpx"), tmp_path, rate=Fraction(24)).stored()
    folder = write_frames(tmp_path / "reel", film, 10, "dpx")
    needed = [(0, 8), (770, 784), (800, 801), (803, 804), (808, 812)]
    for path in folder.iterdir():
        content = bytearray(path.read_bytes())
        kept = {place: bytes(content[place:stop]) for place, stop in needed}
        content[:1664] = b"\xff" * 1664
        for place, part in kept.items():
            content[place : place + len(part)] = part
        path.write_bytes(content)
    taken = take(folder, tmp_path, rate=Fraction(24))
    np.testing.assert_array_equal(taken.stored(), plain)
    assert (taken.row["timecode"], taken.row["sar"], taken.row["rotation"]) == (None, "1/1", 0)


@pytest.mark.parametrize("suffix", ["avi", "mkv", "mp4"])
def test_tags_that_are_not_utf_8_do_not_stop_a_film(tmp_path: Path, suffix: str) -> None:
    path = write_video(tmp_path / f"a.{suffix}", moving_texture(2, 48, 64, 1), 25, "mpeg4", metadata={"title": "cafXX"})
    path.write_bytes(path.read_bytes().replace(b"cafXX", b"caf\xe9\xff"))
    assert take(path, tmp_path).row["frames"] == 2


@pytest.mark.parametrize("text", ["99:00:00:00", "00:61:00:00", "soon", "FF:FF:FF:FF"])
def test_what_is_no_timecode_is_left_out(tmp_path: Path, text: str) -> None:
    path = write_video(tmp_path / "a.mkv", moving_texture(1, 16, 16, 1), metadata={"timecode": text})
    assert probe.inspect(path).timecode is None


def test_every_demuxer_that_is_allowed_exists() -> None:
    import av

    assert {*containers.FILMS, *containers.SOUNDS, *containers.IMAGES.values()} <= av.formats_available
    assert not {"hls", "concat", "dash", "image2", "lavfi", "sdp", "rtsp", "tty"} & {
        *containers.FILMS,
        *containers.SOUNDS,
    }
