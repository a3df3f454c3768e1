"""The formats of a package's files: their names, PRONOM keys and media types, by suffix."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True, kw_only=True)
class FileFormat:
    """What a file format is called."""

    name: str
    pronom: str = ""
    """Its key in the registry of the UK's National Archives, if it has one."""
    media_type: str = "application/octet-stream"


FORMATS = {
    ".mkv": FileFormat(name="Matroska", pronom="fmt/569", media_type="video/matroska"),
    ".mov": FileFormat(name="QuickTime", pronom="x-fmt/384", media_type="video/quicktime"),
    ".mp4": FileFormat(name="MPEG-4 Media File", pronom="fmt/199", media_type="video/mp4"),
    ".html": FileFormat(name="Hypertext Markup Language 5", pronom="fmt/471", media_type="text/html"),
    ".json": FileFormat(name="JSON Data Interchange Format", pronom="fmt/817", media_type="application/json"),
    ".yaml": FileFormat(name="YAML", pronom="fmt/818", media_type="application/yaml"),
    ".xml": FileFormat(name="Extensible Markup Language", pronom="fmt/101", media_type="application/xml"),
    ".md": FileFormat(name="Markdown", pronom="fmt/1149", media_type="text/markdown"),
    ".pdf": FileFormat(name="Portable Document Format 1.7", pronom="fmt/276", media_type="application/pdf"),
    ".csv": FileFormat(name="Comma Separated Values", pronom="x-fmt/18", media_type="text/csv"),
    ".gz": FileFormat(name="GZIP Format", pronom="x-fmt/266", media_type="application/gzip"),
    ".ttml": FileFormat(name="Timed Text Markup Language", media_type="application/ttml+xml"),
    ".srt": FileFormat(name="SubRip subtitles", media_type="application/x-subrip"),
    ".vtt": FileFormat(name="WebVTT subtitles", media_type="text/vtt"),
    ".framemd5": FileFormat(name="FFmpeg frame MD5 list", media_type="text/plain"),
}
MEDIA = (".mkv", ".mov", ".mp4")
"""Those that hold pictures."""


def format_of(path: PurePath) -> FileFormat:
    """The format of a file, by its suffix; a name without one is that of a folder of frames."""
    return FORMATS.get(path.suffix.lower()) or FileFormat(name=path.suffix[1:] or "folder of frames")
