"""Languages of sound and subtitles as containers name them: three letters of ISO 639-2."""

from __future__ import annotations

LETTERS = {
    "ar": "ara",
    "bg": "bul",
    "cs": "ces",
    "da": "dan",
    "de": "deu",
    "el": "ell",
    "en": "eng",
    "es": "spa",
    "et": "est",
    "fi": "fin",
    "fr": "fra",
    "he": "heb",
    "hi": "hin",
    "hu": "hun",
    "is": "isl",
    "it": "ita",
    "ja": "jpn",
    "ko": "kor",
    "lt": "lit",
    "lv": "lav",
    "nl": "nld",
    "no": "nor",
    "pl": "pol",
    "pt": "por",
    "ro": "ron",
    "ru": "rus",
    "sk": "slk",
    "sl": "slv",
    "sv": "swe",
    "tr": "tur",
    "uk": "ukr",
    "yi": "yid",
    "zh": "zho",
}
"""By the two letters of ISO 639-1."""
QUICKTIME = {"deu": "ger", "nld": "dut", "swe": "sve", "ell": "gre", "isl": "ice", "zho": "chi"}
"""Names that FFmpeg's list of Macintosh languages has instead."""


def tag(language: str | None, suffix: str) -> str:
    """How a file with this suffix names a language given as 'de', 'deu' or 'de-AT'; 'und' for an unknown one."""
    letters = (language or "").partition("-")[0].lower()
    name = LETTERS.get(letters, letters if len(letters) == 3 else "und")
    return QUICKTIME.get(name, name) if suffix == ".mov" else name
