"""What the workflow takes from Snakemake beyond its documented interface, each with its reason.

Checked with Snakemake 9.27; check it again at each upgrade. The other such places are `rules/reruns.smk`,
`checkout.smk`, which asks from which commit a workflow in git was read, and `terminal.smk`, which knows the name of
the handler that writes to the terminal.
"""


def runs_as_module():
    """Whether another workflow uses this one as a module: then `config` is what that workflow gives it."""
    return not workflow.modifier.is_main_snakefile()


def given_configfiles():
    """The files given by --configfile.

    Snakemake's own merge would keep the options of an engine that a later file replaces by another engine.
    """
    return (
        []
        if runs_as_module()
        else [Path(path) for path in workflow.overwrite_configfiles or []]
    )


def given_config():
    """What --config gives, or the workflow that uses this one as a module.

    Snakemake's own merge would let `--config editions=restored` delete the editions that a --configfile defines, and it
    takes text for YAML: the words as typed are in `config_args`.
    """
    if runs_as_module():
        return dict(config)
    settings = workflow.config_settings
    if isinstance(settings.config_args, list):
        return answerprint.plan.config.from_command_line(settings.config_args)
    return dict(settings.config or {})


def is_main_process():
    """Whether this is the run itself and not one of its jobs: sources are looked at once a run."""
    return workflow.is_main_process


def granted(resource):
    """How much of a resource `--resources` grants this run; None where it says nothing."""
    return workflow.global_resources.get(resource).value


def runs_here():
    """Whether the jobs of this run run on this machine, and not on the nodes of a cluster."""
    return workflow.local_exec


def gpus_to_use():
    """Whether this run has jobs that ask for a GPU. Like `stages_to_run`, only for `onstart`."""
    return any(job.resources.get("gpu") for job in workflow.dag.needrun_jobs())


def writes_results():
    """Whether this run has jobs whose results are kept with a film's. Like `stages_to_run`, only for `onstart`."""
    files = (file for job in workflow.dag.needrun_jobs() for file in job.output)
    return any(str(file).startswith("results/") for file in files)


def films_at_work():
    """The names of the films that this run has jobs with results for. Like `stages_to_run`, only for `onstart`."""
    files = (file for job in workflow.dag.needrun_jobs() for file in job.output)
    folders = (Path(file).parts for file in files)
    return {parts[1] for parts in folders if parts[0] == "results" and len(parts) > 2}


def is_dry_run():
    """Whether jobs are only listed."""
    return workflow.dryrun


def wants_conda():
    """Whether jobs are to run in conda environments."""
    methods = workflow.deployment_settings.deployment_method
    return any(str(method) == "conda" for method in methods)


def stages_to_run():
    """The stages that this run has jobs of. There is no documented way to ask at `onstart`.

    A module's rules may have other names than here, so rules are compared and not their names.
    """
    to_run = {job.rule for job in workflow.dag.needrun_jobs()}
    return [stage for stage in CHAIN.stages if getattr(rules, stage).rule in to_run]
