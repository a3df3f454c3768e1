"""Train a network for one piece of its steps."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.training import steps
    from answerprint.lab.training.loop import Piece
    from answerprint.lab.training.plan import Plan

    files, params, network = snakemake.input, snakemake.params, snakemake.wildcards.network
    plan, number = Plan(**params.plan), int(snakemake.wildcards.piece)
    piece = Piece(
        number=number,
        before=Path(str(files.before)) if files.get("before") else None,
        checkpoint=Path(params.checkpoint),
        label=f"{network}, piece {number + 1} of {plan.pieces}",
        material=f"{plan.clips} {Path(files.sources).read_text()}",
    )
    steps.train_piece(
        network,
        plan,
        piece,
        samples=Path(files.samples),
        machine=steps.Machine(device=params.device, threads=snakemake.threads),
        start=Path(str(files.start)) if files.get("start") else None,
    )
    steps.keep_state(piece.checkpoint, Path(snakemake.output[0]))
