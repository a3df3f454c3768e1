"""Speech: what is said, and when, by a recogniser or by the subtitles that a film already has."""


rule transcribe:
    input:
        sounds=sounds,
        facts="results/{film}/survey/facts.json",
        subtitles=lambda wildcards: existing_subtitles(wildcards.film),
        weights=lambda wildcards: (
            [] if existing_subtitles(wildcards.film) else step_weights("speech")
        ),
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
        gpu=int(SETTINGS["device"] != "cpu" and engine_card("speech").gpu),
        mem_mb=4000,
        runtime=240,
    params:
        engine=PROJECT.engine("speech"),
        device=SETTINGS["device"],
        code=engine_code("speech"),
        language=lambda wildcards: FILMS[wildcards.film].language,
    message:
        "{wildcards.film}: recognise speech"
    script:
        "../scripts/transcribe.py"
