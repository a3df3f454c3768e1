"""Audio: every sound stream, lossless, with its first sample at the film's first frame; and the file's subtitles."""


rule audio:
    input:
        sound=lambda wildcards: source_input(sound_file(wildcards)),
        facts="results/{film}/survey/facts.json",
    output:
        sound="results/{film}/audio/{stream}.flac",
        facts="results/{film}/audio/{stream}.json",
    log:
        "logs/{film}/audio/{stream}.log",
    benchmark:
        "benchmarks/{film}/audio/{stream}.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        own=lambda wildcards: FILMS[wildcards.film].audio is None,
        sound=lambda wildcards: str(sound_file(wildcards)),
        stamp=lambda wildcards: stamp_of(str(sound_file(wildcards))),
    message:
        "{wildcards.film}: sound {wildcards.stream}"
    script:
        "../scripts/audio.py"


rule own_subtitles:
    input:
        film=lambda wildcards: ancient(source_input(FILMS[wildcards.film].source)),
        facts="results/{film}/survey/facts.json",
    output:
        "results/{film}/own_subtitles/{stream}.srt",
    log:
        "logs/{film}/own_subtitles/{stream}.log",
    benchmark:
        "benchmarks/{film}/own_subtitles/{stream}.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    message:
        "{wildcards.film}: subtitles {wildcards.stream} of the file"
    script:
        "../scripts/own_subtitles.py"
