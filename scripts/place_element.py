"""Find which frames of another element show the frames of a film."""

from job import job

with job(snakemake):
    import numpy as np

    from answerprint.film import elements
    from answerprint.film.facts import film_of
    from answerprint.film.shots import from_json
    from answerprint.runtime.files import read_json, write_json

    files = snakemake.input
    row = elements.placed(
        elements.Proxied(film=film_of(read_json(files.facts)), pictures=np.load(files.proxy)),
        elements.Proxied(film=film_of(read_json(files.element)), pictures=np.load(files.element_proxy)),
        from_json(read_json(files.shots)),
        snakemake.params.offset,
    )
    kept = {key: value for key, value in read_json(files.element).items() if key in elements.FACTS}
    write_json(snakemake.output[0], kept | row)
