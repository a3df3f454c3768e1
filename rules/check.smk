"""Check: what must hold between the prints, the ledger and the source; a broken invariant fails the run."""


rule check:
    input:
        prints=lambda wildcards: prints_of(wildcards.film, wildcards.edition),
        record=end_records,
        source="results/{film}/source.json",
        shots="results/{film}/shots.json",
        subtitles="results/{film}/transcript.srt",
        sounds=lambda wildcards: sounds_of(wildcards.film),
    output:
        "results/{film}/{edition}/check.json",
    log:
        "logs/{film}/{edition}/check.log",
    benchmark:
        "benchmarks/{film}/{edition}/check.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=240,
    params:
        codecs=lambda wildcards: [
            SETTINGS["prints"]["access"] if name == "access" else name
            for name in PROJECT.prints()
        ],
        rate=edition_rate,
        stages=lambda wildcards: steps_of(wildcards.edition),
        scale=lambda wildcards: CHAIN.scale(wildcards.edition),
    message:
        "{wildcards.film}: check the prints of {wildcards.edition}"
    script:
        "../scripts/check.py"
