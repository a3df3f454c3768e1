"""Speakers: who says each line, by faces, lips and voices, with names from the cast.

`detect_faces` looks for faces in one section, `track_faces` follows them through shots, `look` says when their mouths
speak and whose they are, `speakers` gives each line its speaker. `transcript` lays over it what a person decided and
writes subtitles; `contact_sheets` and `lanes` show who was found.
"""


rule detect_faces:
    input:
        frames=section_ingested,
        parts=ancient("results/{film}/parts.json"),
        detected="results/{film}/shots/detected.json",
    output:
        "results/{film}/people/{section}.json",
    log:
        "logs/{film}/people/{section}.log",
    benchmark:
        "benchmarks/{film}/people/{section}.tsv"
    conda:
        "../envs/networks.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        label=section_label,
    message:
        "{wildcards.film}: find faces, {params.label}"
    script:
        "../scripts/detect_faces.py"


rule track_faces:
    input:
        found=each_section("results/{film}/people/{section}.json"),
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
        frames=each_part("results/{film}/source/ingest/{part}.zip"),
        tracks="results/{film}/people/tracks.json",
        sounds=sounds,
        cast=cast_files,
        weights=lambda wildcards: step_weights("speaking") + step_weights("identity"),
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
        gpu=int(
            SETTINGS["device"] != "cpu"
            and (engine_card("speaking").gpu or engine_card("identity").gpu)
        ),
        mem_mb=2000,
        runtime=240,
    params:
        speaking=PROJECT.engine("speaking"),
        identity=PROJECT.engine("identity"),
        device=SETTINGS["device"],
        code=[
            answerprint.plan.fingerprint.code(step, PROJECT.engine(step)[0])
            for step in ("speaking", "identity")
        ],
        cast=lambda wildcards: str(FILMS[wildcards.film].cast or ""),
    message:
        "{wildcards.film}: who is speaking on screen"
    script:
        "../scripts/look.py"


rule speakers:
    input:
        heard="results/{film}/speech/heard.json",
        seen="results/{film}/speakers/seen.json",
        sounds=sounds,
        facts="results/{film}/survey/facts.json",
        shots="results/{film}/shots.json",
    output:
        lines="results/{film}/speakers/lines.json",
        people="results/{film}/speakers/people.json",
    log:
        "logs/{film}/speakers/speakers.log",
    benchmark:
        "benchmarks/{film}/speakers/speakers.tsv"
    conda:
        "../envs/speech.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    message:
        "{wildcards.film}: who says each line"
    script:
        "../scripts/speakers.py"


rule transcript:
    input:
        lines="results/{film}/speakers/lines.json",
        sheet=corrections_input,
        source="results/{film}/source.json",
    output:
        json="results/{film}/transcript.json",
        csv="results/{film}/transcript.csv",
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
        mem_mb=500,
        runtime=10,
    params:
        speakers=lambda wildcards: decided(wildcards.film).speakers,
        language=lambda wildcards: FILMS[wildcards.film].language,
    message:
        "{wildcards.film}: transcript and subtitles"
    script:
        "../scripts/transcript.py"


rule contact_sheets:
    input:
        frames=each_part("results/{film}/source/ingest/{part}.zip"),
        parts="results/{film}/parts.json",
        tracks="results/{film}/people/tracks.json",
        lines="results/{film}/speakers/lines.json",
        people="results/{film}/speakers/people.json",
        facts="results/{film}/survey/facts.json",
        sounds=sounds,
    output:
        directory("results/{film}/speakers/people"),
    log:
        "logs/{film}/speakers/people.log",
    benchmark:
        "benchmarks/{film}/speakers/people.tsv"
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


rule lanes:
    input:
        frames=each_part("results/{film}/source/ingest/{part}.zip"),
        parts="results/{film}/parts.json",
        transcript="results/{film}/transcript.json",
        people="results/{film}/speakers/people",
        facts="results/{film}/survey/facts.json",
        sounds=sounds,
    output:
        "results/{film}/speakers/lanes.html",
    log:
        "logs/{film}/speakers/lanes.log",
    benchmark:
        "benchmarks/{film}/speakers/lanes.tsv"
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
        "../scripts/lanes.py"


ruleorder: share_faces > measures


rule share_faces:
    input:
        found=each_section("results/{film}/people/{section}.json"),
    output:
        "results/{film}/{edition}/measures/faces.npz",
    log:
        "logs/{film}/{edition}/measures/faces.log",
    benchmark:
        "benchmarks/{film}/{edition}/measures/faces.tsv"
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
