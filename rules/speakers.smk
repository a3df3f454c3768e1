"""Speakers: who says each line, by faces, lips and voices, with names from the cast.

`detect_active_speakers` says when the mouth of each face speaks and whose face it is, `speakers` gives each line its
speaker, `transcript` lays over it what a person decided and writes subtitles. `contact_sheets` and `draw_timeline` show
who was found.
"""


rule detect_active_speakers:
    input:
        frames=each_part("results/{film}/source/ingest/{part}.zip"),
        tracks="results/{film}/track_faces/tracks.json",
        sounds=sounds,
        cast=handed_in(cast_files),
        weights=lambda wildcards: step_weights("speaking") + step_weights("identity"),
        facts="results/{film}/survey/facts.json",
        parts="results/{film}/cut_parts/parts.json",
    output:
        "results/{film}/detect_active_speakers/faces.json",
    log:
        "logs/{film}/detect_active_speakers.log",
    benchmark:
        "benchmarks/{film}/detect_active_speakers.tsv"
    conda:
        "../envs/speech.yaml"
    threads: 1
    resources:
        gpu=gpus_for(device_of("speaking"), device_of("identity")),
        mem_mb=2000,
        runtime=240,
    params:
        speaking=PROJECT.engine("speaking"),
        identity=PROJECT.engine("identity"),
        devices=[device_of(step) for step in ("speaking", "identity")],
        code=[engine_code(step) for step in ("speaking", "identity")],
        weights=lambda wildcards: sums(
            step_weights("speaking") + step_weights("identity")
        ),
        cast=lambda wildcards: str(FILMS[wildcards.film].cast or ""),
        portraits=contents(cast_files),
    message:
        "{wildcards.film}: who is speaking on screen"
    script:
        "../scripts/detect_active_speakers.py"


rule speakers:
    input:
        heard="results/{film}/transcribe/words.json",
        seen="results/{film}/detect_active_speakers/faces.json",
        sounds=sounds,
        weights=lambda wildcards: weights_to_hear("voices", wildcards.film),
        facts="results/{film}/survey/facts.json",
        shots="results/{film}/shots.json",
    output:
        lines="results/{film}/speakers/lines.json",
        people="results/{film}/speakers/people.json",
        turns="results/{film}/speakers/turns.rttm",
    log:
        "logs/{film}/speakers.log",
    benchmark:
        "benchmarks/{film}/speakers.tsv"
    conda:
        "../envs/speech.yaml"
    threads: 1
    resources:
        gpu=gpus_for(device_of("voices")),
        mem_mb=2000,
        runtime=60,
    params:
        voices=PROJECT.engine("voices"),
        device=device_of("voices"),
        code=engine_code("voices"),
        weights=lambda wildcards: sums(weights_to_hear("voices", wildcards.film)),
    message:
        "{wildcards.film}: who says each line"
    script:
        "../scripts/speakers.py"


rule transcript:
    input:
        lines="results/{film}/speakers/lines.json",
        heard="results/{film}/transcribe/words.json",
        sheet=handed_in(corrections),
        source="results/{film}/source.json",
    output:
        json="results/{film}/transcript.json",
        csv=in_report("results/{film}/transcript.csv", "transcript", "transcript"),
        srt=in_report("results/{film}/transcript.srt", "subtitles", "subtitles"),
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
        mem_mb=500,
        runtime=10,
    params:
        sheet=contents(corrections),
        speakers=lambda wildcards: decided(wildcards.film).speakers,
    message:
        "{wildcards.film}: transcript and subtitles"
    script:
        "../scripts/transcript.py"


rule contact_sheets:
    input:
        frames=each_part("results/{film}/source/ingest/{part}.zip"),
        parts="results/{film}/cut_parts/parts.json",
        tracks="results/{film}/track_faces/tracks.json",
        lines="results/{film}/speakers/lines.json",
        people="results/{film}/speakers/people.json",
        facts="results/{film}/survey/facts.json",
        sounds=sounds,
    output:
        in_report(
            directory("results/{film}/contact_sheets"),
            "contact sheet of {person}",
            "contact_sheets",
            patterns=["{person}.jpg"],
        ),
    log:
        "logs/{film}/contact_sheets.log",
    benchmark:
        "benchmarks/{film}/contact_sheets.tsv"
    conda:
        "../envs/speech.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    message:
        "{wildcards.film}: faces and voices of the speakers"
    script:
        "../scripts/contact_sheets.py"


rule draw_timeline:
    input:
        frames=each_part("results/{film}/source/ingest/{part}.zip"),
        parts="results/{film}/cut_parts/parts.json",
        transcript="results/{film}/transcript.json",
        people="results/{film}/contact_sheets",
        facts="results/{film}/survey/facts.json",
        sounds=sounds,
    output:
        timeline="results/{film}/draw_timeline/timeline.html",
        clips="results/{film}/draw_timeline/clips.json",
    log:
        "logs/{film}/draw_timeline.log",
    benchmark:
        "benchmarks/{film}/draw_timeline.tsv"
    conda:
        "../envs/speech.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        names=lambda wildcards: decided(wildcards.film).speakers.get("names") or {},
    message:
        "{wildcards.film}: film strip, waveform and speakers for the report"
    script:
        "../scripts/draw_timeline.py"
