"""Language codes for sound and subtitles in containers: the three letters of ISO 639-2."""

from __future__ import annotations

AUTO = "auto"
"""Stands for the language that a recogniser finds."""
UNKNOWN = "und"
"""ISO 639-2 for a language that nobody named, as of a film without speech."""
UNSPACED = ("zh", "ja", "th", "lo", "my", "km", "yue")
"""Languages written without spaces between words."""
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
"""ISO 639-2 code of each ISO 639-1 code."""
QUICKTIME = {"deu": "ger", "nld": "dut", "swe": "sve", "ell": "gre", "isl": "ice", "zho": "chi"}
"""The codes that FFmpeg's list of Macintosh languages uses instead."""

BIBLIOGRAPHIC = {
    **{"alb": "sqi", "arm": "hye", "baq": "eus", "bur": "mya", "chi": "zho", "cze": "ces", "dut": "nld"},
    **{"fre": "fra", "geo": "kat", "ger": "deu", "gre": "ell", "ice": "isl", "mac": "mkd", "mao": "mri"},
    **{"may": "msa", "per": "fas", "rum": "ron", "slo": "slk", "tib": "bod", "wel": "cym"},
}
"""The codes of ISO 639-2/B, which Matroska prefers, and those of 639-2/T for the same languages."""


def tag(language: str | None, suffix: str) -> str:
    """The code of a language given as 'de', 'deu' or 'de-AT', for a file with this suffix; 'und' if it is unknown."""
    letters = (language or "").partition("-")[0].lower()
    name = LETTERS.get(letters, letters if len(letters) == 3 else "und")
    if suffix != ".mov":
        return name
    name = BIBLIOGRAPHIC.get(name, name)
    return QUICKTIME.get(name, name)
