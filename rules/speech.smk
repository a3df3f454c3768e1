"""Speech: what is said, and when."""


rule recognise:
    input:
        sounds=first_sound,
        weights=lambda wildcards: weight_files(
            PROJECT.engine("speech")[1].get("weights")
        ),
    output:
        "results/{film}/speech/heard.json",
    log:
        "logs/{film}/speech/recognise.log",
    benchmark:
        "benchmarks/{film}/speech/recognise.tsv"
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
        code=answerprint.brief.code("speech", PROJECT.engine("speech")[0]),
        language=lambda wildcards: FILMS[wildcards.film].language,
    message:
        "{wildcards.film}: recognise speech"
    script:
        "../scripts/recognise.py"
