"""Find the shots of a film."""

from job import job

with job(snakemake):
    import numpy as np

    from answerprint import engines
    from answerprint.film import shots
    from answerprint.runtime.files import write_json
    from answerprint.runtime.progress import heartbeat

    name, options = snakemake.params.engine
    proxy = np.load(snakemake.input.proxy)
    with heartbeat(f"{snakemake.wildcards.film} find shots in {len(proxy)} frames"):
        detected = engines.load("shots", name, device=snakemake.params.device, **options).shots(proxy)
    write_json(snakemake.output[0], shots.to_json(detected))
