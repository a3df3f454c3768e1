"""Check: what must hold between the prints, the ledger and the source; a broken invariant fails the run.

Writes results/<film>/<edition>/check.json, and master.framemd5: the MD5 of every frame of the master as FFmpeg gives it.
"""


rule check:
    input:
        prints=prints,
        records=lambda wildcards: PATHS.end_records(wildcards.film, wildcards.edition),
        known=known,
        source="results/{film}/source.json",
        shots="results/{film}/shots.json",
        subtitles="results/{film}/transcript.srt",
        own_subtitles=own_subtitles,
        sound_facts=sound_facts,
    output:
        **(
            {"framemd5": "results/{film}/{edition}/master.framemd5"}
            if "master" in PROJECT.prints()
            else {}
        ),
        checks=in_report("results/{film}/{edition}/check.json", "checks", "check"),
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
        edition=described,
        fingerprints=end_fingerprints,
    message:
        "{wildcards.film}: check the prints of {wildcards.edition}"
    script:
        "../scripts/check.py"
