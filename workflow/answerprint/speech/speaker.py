"""Who speaks, as the steps from faces and voices to a transcript tell each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class SpeakerKind(Enum):
    """How a speaker is known."""

    NAMED = "named"
    """By name, from a portrait; the id is the name."""
    FACE = "face"
    """By a face without a portrait; the id is its number."""
    VOICE = "voice"
    """By a voice that nobody on screen has; the id is its number, None for too little sound to tell."""
    OFF_SCREEN = "off"
    """Not yet known, nobody visible; the id is the number of the voice where several were told apart, else None."""


@dataclass(frozen=True)
class Speaker:
    """A person who speaks, on screen or off."""

    kind: SpeakerKind
    id: str | int | None = None

    @classmethod
    def named(cls, name: str) -> Speaker:
        """The person of a portrait."""
        return cls(SpeakerKind.NAMED, name)

    @classmethod
    def face(cls, number: int) -> Speaker:
        """A stranger known by face."""
        return cls(SpeakerKind.FACE, number)

    @classmethod
    def voice(cls, number: int | None) -> Speaker:
        """A stranger known by voice."""
        return cls(SpeakerKind.VOICE, number)

    @classmethod
    def off_screen(cls, number: int | None = None) -> Speaker:
        """Whoever speaks off screen."""
        return cls(SpeakerKind.OFF_SCREEN, number)

    @classmethod
    def parse(cls, label: str) -> Speaker:
        """The speaker whose label in a JSON file this is: "face 0" and so on for a stranger's face, else a name."""
        stranger = re.fullmatch(r"face (\d+)", label)
        return cls.face(int(stranger[1])) if stranger else cls.named(label)

    @property
    def is_off_screen(self) -> bool:
        """Whether this is somebody off screen who is not known yet."""
        return self.kind is SpeakerKind.OFF_SCREEN

    @property
    def is_stranger(self) -> bool:
        """Whether only a face or a voice is known, without a name."""
        return self.kind in (SpeakerKind.FACE, SpeakerKind.VOICE)

    def __str__(self) -> str:
        """The label: the name itself, "face 0", "voice 0", "voice unknown", "off" or "off 0".

        JSON files hold this form, and equally likely speakers are ordered by it.
        """
        if self.kind is SpeakerKind.NAMED:
            return str(self.id)
        if self.kind is SpeakerKind.VOICE and self.id is None:
            return "voice unknown"
        return self.kind.value if self.id is None else f"{self.kind.value} {self.id}"


OFF_SCREEN = Speaker.off_screen()
"""Whoever speaks while nobody visible does."""
UNKNOWN_VOICE = Speaker.voice(None)
"""A voice with too little sound to be told from others."""
