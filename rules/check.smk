"""Check: what must hold between the prints, the ledger and the source; a broken invariant fails the run.

Writes results/<film>/<edition>/check.json, and master.framemd5: the MD5 of every frame of the master as FFmpeg gives it.
"""


rule check:
    input:
        prints=prints,
        records=lambda wildcards: LAYOUT.end_records(wildcards.film, wildcards.edition),
        source="results/{film}/source.json",
        shots="results/{film}/shots.json",
        subtitles="results/{film}/transcript.srt",
        sounds=sounds,
    output:
        **(
            {"framemd5": "results/{film}/{edition}/master.framemd5"}
            if "master" in PROJECT.prints()
            else {}
        ),
        checks="results/{film}/{edition}/check.json",
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
        codecs=list(codecs().values()),
        rate=edition_rate,
        stages=lambda wildcards: LAYOUT.steps(wildcards.edition),
        scale=lambda wildcards: CHAIN.scale(wildcards.edition),
        chain=CHAIN,
        device=SETTINGS["device"],
        decisions=lambda wildcards: decisions_file(wildcards.film),
        matte=lambda wildcards: bool(FILMS[wildcards.film].matte),
        resolved=AUTO,
    message:
        "{wildcards.film}: check the prints of {wildcards.edition}"
    script:
        "../scripts/check.py"
