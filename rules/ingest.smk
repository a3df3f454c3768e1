"""Ingest: what the source is, and its frames as working files.

`survey` decodes a source once: facts, ledger, tiny pictures. `describe_source` adds what the sheet says of the film. `ingest`
decodes one part.
"""


rule survey:
    input:
        source=lambda wildcards: source_input(FILMS[wildcards.film].source),
        turn=turn,
    output:
        facts="results/{film}/survey/facts.json",
        ledger="results/{film}/survey/ledger.npz",
        proxy="results/{film}/survey/proxy.npy",
    log:
        "logs/{film}/survey.log",
    benchmark:
        "benchmarks/{film}/survey.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=source_megabytes,
        runtime=240,
    params:
        source=lambda wildcards: str(FILMS[wildcards.film].source),
        stamp=lambda wildcards: PATHS.stamp(wildcards.film),
        rate=lambda wildcards: str(FILMS[wildcards.film].rate or ""),
        fields=SETTINGS["fields"],
        colour=lambda wildcards: answerprint.film.said_colour.words(
            FILMS[wildcards.film].colour
        ),
        grey=str(SETTINGS["grey"]).lower(),
        depth=SETTINGS["depth"],
        deinterlace=SETTINGS["deinterlace"],
        # Snakemake does not remember params that depend on `output`.
        accept_damaged=lambda wildcards, output: SETTINGS["accept_damaged"],
        damage_refused=damage_refused("results/{film}/survey/facts.json"),
        time_stamps=reading("time_stamps", film_source),
        missing=reading("missing", film_source),
        wanted=SETTINGS.get("wanted", ["", ""]),
        code=digest_of("film.survey", "film.ingest"),
    message:
        "{wildcards.film}: survey of the source"
    script:
        "../scripts/survey.py"


rule describe_source:
    input:
        facts="results/{film}/survey/facts.json",
    output:
        "results/{film}/source.json",
    log:
        "logs/{film}/describe_source.log",
    benchmark:
        "benchmarks/{film}/describe_source.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        title=lambda wildcards: FILMS[wildcards.film].title,
        name=lambda wildcards: FILMS[wildcards.film].name,
        year=lambda wildcards: FILMS[wildcards.film].year,
        notes=lambda wildcards: FILMS[wildcards.film].notes,
    message:
        "{wildcards.film}: facts of the source"
    script:
        "../scripts/describe_source.py"


rule ingest:
    input:
        film=lambda wildcards: ancient(source_input(FILMS[wildcards.film].source)),
        facts="results/{film}/survey/facts.json",
        ledger="results/{film}/survey/ledger.npz",
        parts="results/{film}/cut_parts/parts.json",
        shots=ancient("results/{film}/shots.json"),
    output:
        frames=working("results/{film}/source/ingest/{part}.zip"),
    log:
        "logs/{film}/source/ingest/{part}.log",
    benchmark:
        "benchmarks/{film}/source/ingest/{part}.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=source_megabytes,
        runtime=240,
    params:
        fingerprint=ingest_fingerprint,
        label=label,
    message:
        "{wildcards.film}: ingest {params.label}"
    script:
        "../scripts/ingest.py"
