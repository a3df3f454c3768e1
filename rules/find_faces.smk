"""Find faces: where faces are in each frame of the source, and which of them are one face that goes through a shot.

The stage `faces` looks for itself: its frames have been steadied and enlarged since.
"""


rule detect_faces:
    input:
        frames=section_ingested,
        parts=ancient("results/{film}/cut_parts/parts.json"),
        detected="results/{film}/detect_shots/shots.json",
    output:
        "results/{film}/detect_faces/{section}.json",
    log:
        "logs/{film}/detect_faces/{section}.log",
    benchmark:
        "benchmarks/{film}/detect_faces/{section}.tsv"
    conda:
        "../envs/networks.yaml"
    threads: 1
    resources:
        gpu=gpus_for(SETTINGS["device"]),
        mem_mb=2000,
        runtime=120,
    params:
        device=SETTINGS["device"],
        label=section_label,
    message:
        "{wildcards.film}: find faces, {params.label}"
    script:
        "../scripts/detect_faces.py"


rule track_faces:
    input:
        frames=each_part("results/{film}/source/ingest/{part}.zip"),
        detections=each_section("results/{film}/detect_faces/{section}.json"),
        shots="results/{film}/shots.json",
        weights=lambda wildcards: step_weights("identity"),
        parts="results/{film}/cut_parts/parts.json",
    output:
        "results/{film}/track_faces/tracks.json",
    log:
        "logs/{film}/track_faces.log",
    benchmark:
        "benchmarks/{film}/track_faces.tsv"
    conda:
        "../envs/speech.yaml"
    threads: 1
    resources:
        gpu=gpus_for(device_of("identity")),
        mem_mb=2000,
        runtime=120,
    params:
        identity=PROJECT.engine("identity"),
        device=device_of("identity"),
        code=[engine_code("identity")],
        weights=lambda wildcards: sums(step_weights("identity")),
    message:
        "{wildcards.film}: follow faces, and tell them apart"
    script:
        "../scripts/track_faces.py"
