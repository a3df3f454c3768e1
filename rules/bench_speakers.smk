"""Bench of speech: how often each line gets the right name, on real footage with known truth beside the repository."""


rule bench_speakers:
    output:
        "bench/speakers.md",
    log:
        "logs/bench/speakers.log",
    conda:
        "../envs/speech.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        media=str(SETTINGS.get("media") or REPOSITORY.parent / "shared" / "media"),
    message:
        "measure who says what on footage with known truth"
    script:
        "../scripts/bench_speakers.py"
