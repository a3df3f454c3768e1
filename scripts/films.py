"""Print how far each film is."""

from job import job

with job(snakemake):
    from answerprint.plan import film_states

    print(film_states.table(snakemake.params.states), flush=True)
