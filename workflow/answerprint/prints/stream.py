"""A print as a folder for a web server: segments, with playlists for HLS (Apple) and DASH (everybody else)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from ..runtime.errors import FilmError
from ..runtime.files import remove_stale_folders

SHORTEST = 2
"""Seconds of a segment at least, the last one excepted: shorter shots share one."""
MANIFEST, PLAYLIST, SUBTITLES = "manifest.mpd", "master.m3u8", "subtitles.vtt"


def write(print_: Path, subtitles: Path | None, folder: Path) -> None:
    """Write a folder that appears whole: both playlists, the segments that they share, and the subtitles beside them.

    Nothing is encoded again: a segment holds whole groups of pictures, each of which begins where a shot does or four
    seconds after. Raises FilmError when FFmpeg fails.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    remove_stale_folders(folder)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as name:
        made = Path(name, "stream")
        made.mkdir()
        # FFmpeg names segments and playlists as seen from the folder that it runs in.
        done = subprocess.run(_command(print_), cwd=made, capture_output=True, text=True, check=False)
        if done.returncode or not (made / PLAYLIST).exists():
            said = done.stderr.strip().splitlines()
            raise FilmError(
                f"FFmpeg could not make a stream of {print_} ({said[-1] if said else 'no message'}).",
                f"Delete {print_} and run the same command: the print is then made again.",
            )
        if subtitles is not None:
            shutil.copyfile(subtitles, made / SUBTITLES)
        if folder.exists():
            shutil.rmtree(folder)
        made.rename(folder)


def _command(print_: Path) -> list[str]:
    import imageio_ffmpeg

    return [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostdin"),
        *("-i", f"file:{print_.resolve()}", "-map", "0:v", "-map", "0:a?", "-c", "copy", "-map_chapters", "-1"),
        *("-f", "dash", "-seg_duration", str(SHORTEST), "-use_timeline", "1", "-use_template", "1"),
        *("-adaptation_sets", "id=0,streams=v id=1,streams=a", "-hls_playlist", "1", MANIFEST),
    ]
