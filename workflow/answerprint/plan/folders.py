"""The folders that every film's results have: an edition has one of its own beside them, and so none of their names."""

from __future__ import annotations

from ..runtime.errors import FilmError

FOLDERS = frozenset(
    {
        *("source", "survey", "survey_element", "place_element", "element", "matte", "cut_parts", "detect_shots"),
        *("analyse_section", "track_regions", "audio", "own_subtitles", "transcribe", "detect_faces", "track_faces"),
        *("detect_active_speakers", "speakers", "contact_sheets", "draw_timeline", "report", "key_results", "package"),
        *("revert",),
    }
)


def require_edition_name(name: str) -> None:
    """Raises FilmError for the name of an edition that is that of another folder."""
    if name in FOLDERS:
        raise FilmError(
            f"An edition may not be called '{name}'.",
            f"results/<film>/{name} is another folder of every film's results. Give the edition another name.",
        )
