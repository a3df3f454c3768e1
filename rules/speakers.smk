"""Speakers: who says each line, by faces, lips and voices, with names from the cast.

`detect_faces` looks for faces in one part, `track_faces` follows them through shots, `look` says when their mouths
speak and whose they are, `transcript` gives each line its speaker and writes subtitles.
"""


rule detect_faces:
    input:
        frames=ingested,
        parts=ancient("results/{film}/parts.json"),
        detected="results/{film}/shots/detected.json",
    output:
        "results/{film}/people/{part}.json",
    log:
        "logs/{film}/people/{part}.log",
    benchmark:
        "benchmarks/{film}/people/{part}.tsv"
    conda:
        "../envs/networks.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        label=label,
    message:
        "{wildcards.film}: find faces, {params.label}"
    script:
        "../scripts/detect_faces.py"


rule track_faces:
    input:
        parts=each_part("results/{film}/people/{part}.json"),
        shots="results/{film}/shots.json",
    output:
        "results/{film}/people/tracks.json",
    log:
        "logs/{film}/people/tracks.log",
    benchmark:
        "benchmarks/{film}/people/tracks.tsv"
    conda:
        "../envs/networks.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    message:
        "{wildcards.film}: follow faces"
    script:
        "../scripts/track_faces.py"


rule look:
    input:
        frames=each_part("results/{film}/source/ingest/{part}.b2nd"),
        tracks="results/{film}/people/tracks.json",
        sounds=first_sound,
        cast=cast_files,
        facts="results/{film}/survey/facts.json",
        parts="results/{film}/parts.json",
    output:
        "results/{film}/speakers/seen.json",
    log:
        "logs/{film}/speakers/look.log",
    benchmark:
        "benchmarks/{film}/speakers/look.tsv"
    conda:
        "../envs/speech.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        speaking=PROJECT.engine("speaking"),
        identity=PROJECT.engine("identity"),
        cast=lambda wildcards: str(FILMS[wildcards.film].cast or ""),
    message:
        "{wildcards.film}: who is speaking on screen"
    script:
        "../scripts/look.py"


rule transcript:
    input:
        heard="results/{film}/speech/heard.json",
        seen="results/{film}/speakers/seen.json",
        sounds=first_sound,
        source="results/{film}/source.json",
        shots="results/{film}/shots.json",
    output:
        json="results/{film}/transcript.json",
        srt="results/{film}/transcript.srt",
        vtt="results/{film}/transcript.vtt",
        ttml="results/{film}/transcript.ttml",
    log:
        "logs/{film}/transcript.log",
    benchmark:
        "benchmarks/{film}/transcript.tsv"
    conda:
        "../envs/speech.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        speakers=lambda wildcards: decided(wildcards.film).speakers,
    message:
        "{wildcards.film}: transcript and subtitles"
    script:
        "../scripts/transcript.py"


ruleorder: share_faces > plan


rule share_faces:
    input:
        parts=each_part("results/{film}/people/{part}.json"),
    output:
        "results/{film}/{edition}/plan/faces.npz",
    log:
        "logs/{film}/{edition}/plan/faces.log",
    benchmark:
        "benchmarks/{film}/{edition}/plan/faces.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        scale=lambda wildcards: CHAIN.scale(*CHAIN.before(wildcards.edition, "faces")),
    message:
        "{wildcards.film}: faces for {wildcards.edition}, from those already found"
    script:
        "../scripts/share_faces.py"
