"""Write the package of a film."""

from pathlib import Path

from job import job, optional_path, paths

with job(snakemake):
    from answerprint.archive import agents, bagit, package
    from answerprint.archive.provenance import Restoration
    from answerprint.plan import deciders, decisions
    from answerprint.runtime.files import read_json
    from answerprint.runtime.made import require_as_made
    from answerprint.runtime.yaml_text import read_yaml

    files, params, folder = snakemake.input, snakemake.params, Path(snakemake.output[0]).parent
    chain, film = params.asked
    unchanged = require_as_made(paths(files, "kept"))
    decided = decisions.read(optional_path(params, "decided"))
    recipe = read_yaml(files.recipe, most_bytes=decisions.MOST_RECIPE)
    restored = Restoration(
        unchanged=tuple(str(path.relative_to(folder.parent)) for path in unchanged),
        source=read_json(files.source),
        recipe=recipe,
        chain=chain,
        records=[record for path in paths(files, "records") for record in read_json(path)],
        elements=[read_json(path) for path in paths(files, "elements")],
        decided=decided,
        agents=agents.of(recipe, deciders.people(decided.rows)),
        files=bagit.contents(
            folder.parent,
            paths(files, "kept"),
            decisions=paths(params, "decisions"),
            corrections=paths(params, "corrections"),
        ),
    )
    package.build(folder, restored, film)
