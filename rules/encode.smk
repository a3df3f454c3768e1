"""Encode: prints part by part, then joined without encoding again.

`encode` makes the pieces of one part in results/<film>/<edition>/encode/<print>/, and the stills that the report shows
of it; `encode_access` makes those of the lossy prints, group by group. `concatenate` numbers the frames of a print
through and adds sound, subtitles, chapters, tags and timecode.
"""


rule encode:
    input:
        frames=shown,
        steps=added_frames,
        enlarged=frames_enlarged,
        confidence=added_confidence,
        ingested=ingested,
        changes=changes,
        records=part_records,
        facts="results/{film}/survey/facts.json",
        parts="results/{film}/cut_parts/parts.json",
        shots="results/{film}/shots.json",
    output:
        **{
            name: working(f"results/{{film}}/{{edition}}/encode/{name}/{{part}}.piece")
            for name in PROJECT.prints()
            if name not in PROJECT.lossy()
        },
        stills=directory("results/{film}/{edition}/encode/stills/{part}"),
    log:
        "logs/{film}/{edition}/encode/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/encode/{part}.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=lossless_megabytes,
        runtime=240,
    params:
        prints=[name for name in PROJECT.prints() if name not in PROJECT.lossy()],
        stages=lambda wildcards: PATHS.steps(wildcards.edition),
        added=lambda wildcards: ["/".join(step) for step in added_steps(wildcards)],
        enlarging=lambda wildcards: [
            "/".join(step) for step in enlarging_steps(wildcards)
        ],
        rate=lambda wildcards: described(wildcards)["rate"],
        enlargements=lambda wildcards: enlargements(wildcards.edition),
        label=label,
    message:
        "{wildcards.film}: prints of {wildcards.edition}, {params.label}"
    script:
        "../scripts/encode.py"


rule encode_access:
    input:
        frames=shown_from,
        facts="results/{film}/survey/facts.json",
        parts="results/{film}/cut_parts/parts.json",
        shots="results/{film}/shots.json",
    output:
        **{
            name: working(
                f"results/{{film}}/{{edition}}/encode_access/{name}/{{part}}.piece"
            )
            for name in PROJECT.lossy()
        },
        groups="results/{film}/{edition}/encode_access/{part}.json",
    log:
        "logs/{film}/{edition}/encode_access/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/encode_access/{part}.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=lossy_megabytes,
        runtime=240,
    params:
        prints=PROJECT.lossy(),
        rate=lambda wildcards: described(wildcards)["rate"],
        enlargements=lambda wildcards: enlargements(wildcards.edition),
        lost=lambda wildcards: described(wildcards)["lost"],
        known=known_qualities,
        label=label,
    message:
        "{wildcards.film}: access prints of {wildcards.edition}, {params.label}"
    script:
        "../scripts/encode_access.py"


rule concatenate:
    input:
        pieces=pieces,
        sounds=lambda wildcards: (
            sounds(wildcards) if wildcards.print != "changes" else []
        ),
        sound_facts=lambda wildcards: (
            sound_facts(wildcards) if wildcards.print != "changes" else []
        ),
        subtitles=lambda wildcards: (
            f"results/{wildcards.film}/transcript.srt"
            if wildcards.print != "changes"
            else []
        ),
        heard=lambda wildcards: (
            f"results/{wildcards.film}/transcribe/words.json"
            if wildcards.print != "changes"
            else []
        ),
        own_subtitles=lambda wildcards: (
            own_subtitles(wildcards) if wildcards.print != "changes" else []
        ),
        signing=lambda wildcards: (
            signing_files() if wildcards.print == "access" else []
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
        codec=lambda wildcards: codecs()[wildcards.print],
        edition=described,
        year=lambda wildcards: FILMS[wildcards.film].year,
    message:
        "{wildcards.film}: join {wildcards.print}.{wildcards.container} of {wildcards.edition}"
    script:
        "../scripts/concatenate.py"
