"""Bench: how fast each stage is, how much memory it takes, and what input, output and start-up cost.

Restores the demo film, or the one that --config film= names, and a short 1080p film, in folders of their own.
"""


rule bench_film:
    input:
        film=bench_source,
    output:
        "bench/film.md",
    log:
        "logs/bench/film.log",
    conda:
        "../../envs/media.yaml"
    threads: lambda wildcards: workflow.cores
    resources:
        mem_mb=8000,
        runtime=120,
    params:
        workflow=str(REPOSITORY / "Snakefile"),
        settings={"editions": "restored"},
        title="`restored`",
    message:
        "restore a film to measure it"
    script:
        "../../scripts/bench_film.py"


use rule bench_film as bench_large with:
    input:
        film="bench/1080p.mkv",
    output:
        "bench/large.md",
    log:
        "logs/bench/large.log",
    params:
        workflow=str(REPOSITORY / "Snakefile"),
        settings={"editions": "presented", "parts": "2"},
        title="1080p, colour, 24 frames, up to `presented` (2160p)",
    message:
        "restore a 1080p film to measure its memory"


rule bench_large_film:
    output:
        film="bench/1080p.mkv",
    log:
        "logs/bench/large_film.log",
    conda:
        "../../envs/demo.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "draw a 1080p film"
    script:
        "../../scripts/bench_large_film.py"


rule bench:
    input:
        "bench/film.md",
        "bench/large.md",


rule bench_peers:
    input:
        str(REPOSITORY / "requirements-peers.txt"),
    output:
        "bench/peers.json",
    log:
        "logs/bench/peers.log",
    conda:
        "../../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    message:
        "make the environment of the filters to measure repair against"
    script:
        "../../scripts/bench_peers.py"


rule bench_repair:
    input:
        peers="bench/peers.json",
    output:
        "bench/repair.md",
    log:
        "logs/bench/repair.log",
    conda:
        "../../envs/pixels.yaml"
    threads: lambda wildcards: workflow.cores
    resources:
        mem_mb=3000,
        runtime=120,
    params:
        media=str(SETTINGS.get("media") or REPOSITORY.parent / "shared" / "media"),
        workflow=str(REPOSITORY / "Snakefile"),
    message:
        "measure repair on damage of known truth, beside other tools"
    script:
        "../../scripts/bench_repair.py"


rule bench_upscale:
    output:
        "bench/upscale.md",
    log:
        "logs/bench/upscale.log",
    conda:
        "../../envs/networks.yaml"
    threads: lambda wildcards: workflow.cores
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        media=str(SETTINGS.get("media") or REPOSITORY.parent / "shared" / "media"),
    message:
        "measure enlargement on pictures of known truth, beside published networks"
    script:
        "../../scripts/bench_upscale.py"


rule bench_faces:
    output:
        "bench/faces.md",
    log:
        "logs/bench/faces.log",
    conda:
        "../../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        media=str(SETTINGS.get("media") or REPOSITORY.parent / "shared" / "media"),
    message:
        "measure faces of known truth, blurred, grained and enlarged"
    script:
        "../../scripts/bench_faces.py"


rule bench_portraits:
    output:
        "bench/portraits.md",
    log:
        "logs/bench/portraits.log",
    conda:
        "../../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        media=str(SETTINGS.get("media") or REPOSITORY.parent / "shared" / "media"),
    message:
        "measure what portraits lend to blurred faces of the same people, and of others"
    script:
        "../../scripts/bench_portraits.py"


rule bench_prints:
    output:
        "bench/prints.md",
    log:
        "logs/bench/prints.log",
    conda:
        "../../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        media=str(SETTINGS.get("media") or REPOSITORY.parent / "shared" / "media"),
    message:
        "measure prints at the quality that each shot needs"
    script:
        "../../scripts/bench_prints.py"


rule bench_colour:
    output:
        "bench/colour.md",
    log:
        "logs/bench/colour.log",
    conda:
        "../../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        media=str(SETTINGS.get("media") or REPOSITORY.parent / "shared" / "media"),
    message:
        "measure colour on clips whose true colours are known"
    script:
        "../../scripts/bench_colour.py"


rule bench_cuts:
    output:
        "bench/cuts.md",
    log:
        "logs/bench/cuts.log",
    conda:
        "../../envs/networks.yaml"
    threads: 2
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        media=str(SETTINGS.get("media") or REPOSITORY.parent / "shared" / "media"),
    message:
        "measure how well shots are found, beside other tools"
    script:
        "../../scripts/bench_cuts.py"


rule bench_motion:
    output:
        "bench/motion.md",
    log:
        "logs/bench/motion.log",
    conda:
        "../../envs/networks.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        media=str(SETTINGS.get("media") or REPOSITORY.parent / "shared" / "media"),
    message:
        "measure in-between frames beside other tools, and how well lost frames are found"
    script:
        "../../scripts/bench_motion.py"


rule bench_speakers:
    input:
        weights=lambda wildcards: step_weights("speech") + step_weights("voices"),
    output:
        "bench/speakers.md",
    log:
        "logs/bench/speakers.log",
    conda:
        "../../envs/speech.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        media=str(SETTINGS.get("media") or REPOSITORY.parent / "shared" / "media"),
        speech=PROJECT.engine("speech"),
        voices=PROJECT.engine("voices"),
    message:
        "measure who says what on footage with known truth"
    script:
        "../../scripts/bench_speakers.py"


rule bench_reproduce:
    input:
        film=bench_source,
    output:
        "bench/reproduce.md",
    log:
        "logs/bench/reproduce.log",
    conda:
        "../../envs/pixels.yaml"
    threads: lambda wildcards: workflow.cores
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        workflow=str(REPOSITORY / "Snakefile"),
    message:
        "make a film again twenty times"
    script:
        "../../scripts/bench_reproduce.py"
