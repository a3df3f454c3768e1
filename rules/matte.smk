"""Matte: what a scanner or a person marked, for the films that have such marks.

`matte` reads a film's defect matte by its ledger; `track_regions` follows the polygons of its decisions through their frames.
"""


rule matte:
    input:
        matte=lambda wildcards: source_input(FILMS[wildcards.film].matte),
        facts="results/{film}/survey/facts.json",
        ledger="results/{film}/survey/ledger.npz",
    output:
        marks=working("results/{film}/matte/marks.zip"),
        facts="results/{film}/matte/facts.json",
    log:
        "logs/{film}/matte.log",
    benchmark:
        "benchmarks/{film}/matte.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=240,
    params:
        matte=lambda wildcards: str(FILMS[wildcards.film].matte),
        stamp=lambda wildcards: stamp_of(str(FILMS[wildcards.film].matte)),
        reading=SETTINGS["mattes"],
        code=digest_of("film.matte"),
    message:
        "{wildcards.film}: defect matte"
    script:
        "../scripts/matte.py"


rule track_regions:
    input:
        frames=lambda wildcards: ancient(
            each_part("results/{film}/source/ingest/{part}.zip")(wildcards)
        ),
        parts=ancient("results/{film}/cut_parts/parts.json"),
        facts="results/{film}/survey/facts.json",
        shots="results/{film}/shots.json",
    output:
        "results/{film}/track_regions/regions.json",
    log:
        "logs/{film}/track_regions.log",
    benchmark:
        "benchmarks/{film}/track_regions.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        regions=regions_to_track,
    message:
        "{wildcards.film}: follow regions"
    script:
        "../scripts/track_regions.py"
