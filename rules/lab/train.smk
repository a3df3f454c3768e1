"""Train: the networks of clean/learned, denoise/learned, upscale/compact, faces/detail and colorize/automatic, and the one that tells scratches, from any folder of photographs or films.

Draw clips and damage them, train in pieces that each go on where the one before or a crash left off, then measure
and export. `snakemake --cores 2 train`; `--config 'train={material: FOLDER}'`; docs/train.md.
"""


wildcard_constraints:
    network="clean|denoise|upscale|upscale_bicubic|colorize|faces|scratches",
    piece=r"\d{2}",


rule train_draw:
    output:
        samples="training/{network}/samples.npz",
        sources="training/{network}/sources.json",
    log:
        "logs/training/{network}/draw.log",
    benchmark:
        "benchmarks/training/{network}/draw.tsv"
    conda:
        "../../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        material=TRAINING.material,
        seed=TRAINING.seed,
        clips=TRAINING.clips,
        code=digest_of("lab.training.clips", "lab.damage"),
    message:
        "{wildcards.network}: draw clips to train on"
    script:
        "../../scripts/train_draw.py"


rule train_piece:
    input:
        samples="training/{network}/samples.npz",
        sources="training/{network}/sources.json",
        before=piece_before,
        start=start_of_piece,
    output:
        "training/{network}/pieces/{piece}.pt",
    log:
        "logs/training/{network}/{piece}.log",
    benchmark:
        "benchmarks/training/{network}/{piece}.tsv"
    retries: 9
    conda:
        "../../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=int(TRAINING.minutes) + 3,
        gpu=gpus_for(SETTINGS["device"]),
    params:
        plan=training_plan,
        device=SETTINGS["device"],
        checkpoint="training/{network}/checkpoint.pt",
    message:
        "{wildcards.network}: train, piece {wildcards.piece}"
    script:
        "../../scripts/train_piece.py"


rule train_clean:
    input:
        state=last_piece("clean"),
        sources="training/clean/sources.json",
    output:
        **weights_of("clean"),
    log:
        "logs/training/clean/export.log",
    conda:
        "../../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        plan=training_plan,
        device=SETTINGS["device"],
    message:
        "measure and export the weights of clean/learned"
    script:
        "../../scripts/train_clean.py"


rule train_denoise:
    input:
        state=last_piece("denoise"),
        sources="training/denoise/sources.json",
    output:
        **weights_of("denoise"),
    log:
        "logs/training/denoise/export.log",
    conda:
        "../../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        plan=training_plan,
        device=SETTINGS["device"],
    message:
        "measure and export the weights of denoise/learned"
    script:
        "../../scripts/train_denoise.py"


rule train_upscale:
    input:
        state=last_piece("upscale"),
        sources="training/upscale/sources.json",
    output:
        **weights_of("upscale"),
    log:
        "logs/training/upscale/export.log",
    conda:
        "../../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        plan=training_plan,
        device=SETTINGS["device"],
    message:
        "measure and export the weights of upscale/compact"
    script:
        "../../scripts/train_upscale.py"


rule train_upscale_bicubic:
    input:
        state=last_piece("upscale_bicubic"),
        sources="training/upscale_bicubic/sources.json",
    output:
        **weights_of("upscale_bicubic"),
    log:
        "logs/training/upscale_bicubic/export.log",
    conda:
        "../../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        plan=training_plan,
        device=SETTINGS["device"],
    message:
        "measure and export the weights of upscale/compact for cubic reductions"
    script:
        "../../scripts/train_upscale_bicubic.py"


rule train_colorize:
    input:
        state=last_piece("colorize"),
        sources="training/colorize/sources.json",
    output:
        **weights_of("colorize"),
    log:
        "logs/training/colorize/export.log",
    conda:
        "../../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        plan=training_plan,
        device=SETTINGS["device"],
    message:
        "measure and export the weights of colorize/automatic"
    script:
        "../../scripts/train_colorize.py"


rule train_faces:
    input:
        state=last_piece("faces"),
        sources="training/faces/sources.json",
    output:
        **weights_of("faces"),
    log:
        "logs/training/faces/export.log",
    conda:
        "../../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        plan=training_plan,
        device=SETTINGS["device"],
    message:
        "measure and export the weights of faces/detail"
    script:
        "../../scripts/train_faces.py"


rule train_scratches:
    input:
        state=last_piece("scratches"),
        sources="training/scratches/sources.json",
    output:
        **weights_of("scratches"),
    log:
        "logs/training/scratches/export.log",
    conda:
        "../../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        plan=training_plan,
        device=SETTINGS["device"],
    message:
        "measure and export the weights of the network that tells scratches"
    script:
        "../../scripts/train_scratches.py"


rule train:
    input:
        weights_of("clean")["weights"],
        weights_of("denoise")["weights"],
        weights_of("upscale")["weights"],
        weights_of("upscale_bicubic")["weights"],
        weights_of("colorize")["weights"],
        weights_of("faces")["weights"],
        weights_of("scratches")["weights"],
