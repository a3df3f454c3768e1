"""Speech: what is said, and when, by a recogniser or by the subtitles that a film already has."""


rule transcribe:
    input:
        sounds=sounds,
        facts="results/{film}/survey/facts.json",
        subtitles=handed_in(existing_subtitles),
        weights=lambda wildcards: weights_to_hear("speech", wildcards.film),
    output:
        "results/{film}/transcribe/words.json",
    log:
        "logs/{film}/transcribe.log",
    benchmark:
        "benchmarks/{film}/transcribe.tsv"
    conda:
        "../envs/speech.yaml"
    threads: 1
    resources:
        gpu=gpus_for(device_of("speech")),
        mem_mb=4000,
        runtime=240,
    params:
        subtitles=contents(existing_subtitles),
        engine=PROJECT.engine("speech"),
        device=device_of("speech"),
        code=engine_code("speech"),
        weights=lambda wildcards: sums(weights_to_hear("speech", wildcards.film)),
        language=lambda wildcards: FILMS[wildcards.film].language,
        vocabulary=lambda wildcards: FILMS[wildcards.film].vocabulary,
    message:
        "{wildcards.film}: recognise speech"
    script:
        "../scripts/transcribe.py"
