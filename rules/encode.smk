"""Encode: prints part by part, then joined without encoding again.

`encode` makes the piece of one part in results/<film>/<edition>/encode/<print>/; `join` numbers the pieces through
and adds sound, subtitles, chapters, tags and timecode.
"""


rule encode:
    input:
        frames=lambda wildcards: frames_of(
            wildcards.film, *CHAIN.end(wildcards.edition), wildcards.part
        ),
        changes=lambda wildcards: (
            change_files(wildcards) if wildcards.print == "changes" else []
        ),
        source=ancient("results/{film}/source.json"),
        parts=ancient("results/{film}/parts.json"),
    output:
        working("results/{film}/{edition}/encode/{print}/{part}.piece"),
    log:
        "logs/{film}/{edition}/encode/{print}/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/encode/{print}/{part}.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        codec=codec,
        quality=lambda wildcards: (
            SETTINGS["access_quality"] if wildcards.print == "access" else None
        ),
        stages=lambda wildcards: steps_of(wildcards.edition),
        rate=edition_rate,
        label=label,
    message:
        "{wildcards.film}: {wildcards.print} of {wildcards.edition}, {params.label}"
    script:
        "../scripts/encode.py"


rule join:
    input:
        pieces=lambda wildcards: [
            f"results/{wildcards.film}/{wildcards.edition}/encode/{wildcards.print}/{part}.piece"
            for part in part_names(wildcards.film)
        ],
        sounds=lambda wildcards: (
            sounds_of(wildcards.film) if wildcards.print != "changes" else []
        ),
        subtitles=lambda wildcards: (
            f"results/{wildcards.film}/transcript.srt"
            if wildcards.print != "changes"
            else []
        ),
        source="results/{film}/source.json",
        shots="results/{film}/shots.json",
    output:
        "results/{film}/{edition}/{print}.{container}",
    log:
        "logs/{film}/{edition}/{print}.{container}.log",
    benchmark:
        "benchmarks/{film}/{edition}/{print}.{container}.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        codec=codec,
        rate=edition_rate,
        edition=lambda wildcards: described(wildcards.edition),
        language=lambda wildcards: FILMS[wildcards.film].language,
        year=lambda wildcards: FILMS[wildcards.film].year,
    message:
        "{wildcards.film}: join {wildcards.print}.{wildcards.container} of {wildcards.edition}"
    script:
        "../scripts/join.py"
