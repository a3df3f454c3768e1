"""Where the files of a run are. Their names are an interface: other tools rely on them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction
from itertools import pairwise
from math import ceil

from ..film import fixity, groups, lost_frames, parts, probe
from ..film.facts import Facts
from ..film.frame_rates import out_rate
from ..runtime import child
from . import decisions
from .config import Project

ROOT = "results"
RESULTS = ("report.html", "key_results", "timeline.otio", "recipe.yaml", "package/bagit.txt")
"""What is made of every film, besides the prints of its editions."""


class Paths:
    """The files of every film of a project."""

    def __init__(self, project: Project, idle: Callable[[str], Collection[str]] | None = None) -> None:
        """`idle`: the stages that change no frame of a film; without it, those of films nobody decided anything on."""
        self.project = project
        self._chain = project.chain
        undecided = decisions.idle(decisions.Decisions(), project.chain)
        self._idle = idle or (lambda film: undecided)
        self._facts: dict[str, Facts] = {}
        self._parts: dict[str, tuple[str, ...]] = {}
        lineages = {edition: project.chain.lineage(edition) for edition in project.chain.editions}
        self._before = {step: before for lineage in lineages.values() for before, step in pairwise(lineage)}
        self._steps = {edition: lineage[1:] for edition, lineage in lineages.items()}

    def facts(self, film: str) -> Facts:
        """What the headers of a film's source say. Raises FilmError when the source cannot be read."""
        if film not in self._facts:
            row = self.project.films[film]
            gaps = self.project.values["missing"] != "refuse"
            self._facts[film] = child.call(lambda: probe.inspect(row.source, row.rate, gaps=gaps), str(row.source))
        return self._facts[film]

    def stamp(self, film: str) -> str:
        """A digest of names, sizes and dates of a film's source: Snakemake looks at no frame of a folder by itself."""
        return fixity.stamp(self.project.films[film].source)

    def parts(self, film: str) -> tuple[str, ...]:
        """The names of the parts of a film. Raises FilmError when its source cannot be read."""
        if film not in self._parts:
            number = parts.count(self.project.films[film].parts, self.facts(film).frames)
            # A header may be wrong about the number of frames, but not by half; the survey finds out the rest.
            parts.require(number, self.facts(film).frames, self.shortest_part(film), slack=2)
            self._parts[film] = tuple(parts.name(index) for index in range(number))
        return self._parts[film]

    def sections(self, film: str) -> tuple[str, ...]:
        """The names of the sections of a film: runs of parts that one job measures."""
        return tuple(parts.name(index) for index in range(len(parts.sections(len(self.parts(film))))))

    def section(self, film: str, section: str) -> tuple[str, ...]:
        """The names of the parts of a section."""
        names = self.parts(film)
        return tuple(names[index] for index in parts.sections(len(names))[int(section)])

    def shortest_part(self, film: str) -> int:
        """The fewest frames that a part may have: the largest radius of a stage, or what one output frame lasts.

        Of a film that is cut more finely, a stage reads several parts on either side.
        """
        facts, radius = self.facts(film), self._chain.radius()
        rates = [out_rate(facts.rate, stage.rate) for stage in self._chain.stages.values() if stage.rate]
        # A frame drawn anew looks across the longest gap.
        across = [lost_frames.MOST + 1] if rates and self.project.values["missing"] == "rebuild" else []
        # Of a damaged film, a quarter of what its header says can still be cut.
        quarter = facts.frames // parts.count(self.project.films[film].parts, facts.frames) // 4
        near = [ceil(radius / parts.MOST_BESIDE), min(radius, quarter)]
        return max([1, *near, *(ceil(Fraction(facts.rate, wanted)) for wanted in rates), *across])

    def frames(self, film: str, edition: str, stage: str, part: str) -> str:
        """The frames of a part after a stage of an edition."""
        return f"{ROOT}/{film}/{edition}/{stage}/{part}.zip"

    def before(self, film: str, edition: str, stage: str, part: str) -> str:
        """The frames of a part before a stage of an edition."""
        return self.frames(film, *self._before[edition, stage], part)

    def beside(self, film: str, edition: str, stage: str, part: str) -> list[str]:
        """The frames before a stage of the parts on either side of a part that the stage looks at."""
        return [self.before(film, edition, stage, neighbour) for neighbour in self.next_to(film, stage, part)]

    def next_to(self, film: str, stage: str, part: str) -> tuple[str, ...]:
        """The names of the parts before and after a part that a stage looks at."""
        return self._around(film, range(int(part), int(part) + 1), self._chain.stages[stage].radius)

    def next_to_section(self, film: str, section: str, radius: int) -> tuple[str, ...]:
        """The names of the parts before and after a section that hold the `radius` frames beside it."""
        return self._around(film, parts.sections(len(self.parts(film)))[int(section)], radius)

    def _around(self, film: str, members: range, radius: int) -> tuple[str, ...]:
        names, reach = self.parts(film), parts.beside(radius, self.shortest_part(film))
        return names[max(0, members.start - reach) : members.start] + names[members.stop : members.stop + reach]

    def reached_by_group(self, film: str, part: str) -> tuple[str, ...]:
        """The names of a part and of those after it that a group of pictures which begins in it may reach into."""
        names, index = self.parts(film), int(part)
        facts = self.facts(film)
        # Cuts move the edges of a part by up to a quarter, and the header may be wrong by half about the frames. Of a
        # damaged file nobody knows yet how many can be read.
        sure = 0 if self.project.values["accept_damaged"] else facts.frames // len(names) // 4
        shortest = max(1, self.shortest_part(film), sure)
        return names[index : index + 1 + ceil(groups.longest_in_film(facts.rate) / shortest)]

    def end(self, film: str, edition: str, part: str) -> str:
        """The frames of a part that an edition shows."""
        return self.frames(film, *self._chain.end(edition), part)

    def steps(self, edition: str) -> list[str]:
        """The stages from the source to the end of an edition."""
        return [stage for _, stage in self._steps[edition]]

    def changes(self, film: str, edition: str, part: str) -> list[str]:
        """The change maps of all stages up to the end of an edition, for one part."""
        return [f"{ROOT}/{film}/{owner}/{stage}/{part}.changes.zip" for owner, stage in self._steps[edition]]

    def measures(self, film: str, edition: str, stage: str) -> list[str]:
        """The film's measures for a stage that plans over the shot; none for any other stage, nor one that is idle."""
        measured = self._chain.stages[stage].card.measured and stage not in self._idle(film)
        return [f"{ROOT}/{film}/{edition}/join_measures/{stage}.zip"] if measured else []

    def records(self, film: str, edition: str) -> list[str]:
        """The records of all stages up to the end of an edition, one file for each stage."""
        return [f"{ROOT}/{film}/{owner}/join_records/{stage}.json" for owner, stage in self._steps[edition]]

    def end_records(self, film: str, edition: str) -> list[str]:
        """The records of the last stage of an edition; none for an edition without stages."""
        return self.records(film, edition)[-1:]

    def film_records(self, film: str) -> list[str]:
        """The records of all stages of all editions of a film, each once."""
        editions = self.project.films[film].editions
        return list(dict.fromkeys(path for edition in editions for path in self.records(film, edition)))

    def prints(self, film: str, edition: str) -> list[str]:
        """The prints of an edition."""
        return [f"{ROOT}/{film}/{edition}/{file}" for file in self.project.prints().values()]

    def masters(self, film: str) -> list[str]:
        """The lossless masters of a film's editions, if the configuration asks for them."""
        name = self.project.prints().get("master")
        return [f"{ROOT}/{film}/{edition}/{name}" for edition in self.project.films[film].editions if name]

    def sounds(self, film: str) -> list[str]:
        """The sound streams of a film: those of its source, or the one file that the sheet names."""
        count = 1 if self.project.films[film].audio else len(self.facts(film).audio)
        return [f"{ROOT}/{film}/audio/{stream}.flac" for stream in range(count)]

    def own_subtitles(self, film: str) -> list[str]:
        """The text subtitles that a film's file holds."""
        return [f"{ROOT}/{film}/own_subtitles/{stream}.srt" for stream in range(len(self.facts(film).subtitles))]

    def results(self, film: str) -> list[str]:
        """Everything that the configuration asks for of a film."""
        files = [f"{ROOT}/{film}/{name}" for name in RESULTS]
        editions = self.project.films[film].editions
        return files + [path for edition in editions for path in self.prints(film, edition)]
