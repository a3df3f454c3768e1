"""Listing: spares Snakemake to find out for every job anew what is the same for all jobs of a rule.

An hour of film is a thousand jobs, which name 12,000 files. What is mended here gives what Snakemake 9 gives, and asks
Snakemake itself wherever that is not plain. A share is of the time that Snakemake took without the mend for the list of
its jobs.
"""

import inspect
import re

import snakemake.common
import snakemake.dag
import snakemake.exceptions
import snakemake.io
import snakemake.iocontainers
import snakemake.jobs
import snakemake.output_index
import snakemake.rules
import snakemake.utils


def mend(kind, name, mended):
    """Replace a method of a class of Snakemake's, or a function of a module, by what `mended` makes of it."""
    found = vars(kind)[name]
    method = found.fget if isinstance(found, property) else found
    if not hasattr(method, "__wrapped__"):
        new = functools.wraps(method)(mended(method))
        setattr(kind, name, new if method is found else property(new))


def once(key):
    """A method that is called once for each thing that `key` says of its argument, and then remembered."""

    def remembering(method):
        def remembered(self, argument):
            known = self.__dict__.setdefault("_known", {})
            about = key(argument)
            if about not in known:
                known[about] = method(self, argument)
            return known[about]

        return remembered

    return remembering


def numberless(path):
    """A path without the number of its part or section: the rule that makes it for one makes it for all."""
    return re.sub(r"(?<=/)\d{3}(?=\.|$)", "000", path)


def takes_files(function):
    """Whether a function that says what a job needs takes the job's files."""
    taken = inspect.signature(function).parameters.values()
    return any(one.name == "input" or one.kind is one.VAR_KEYWORD for one in taken)


def needs_files(resource):
    """Whether what a job needs of a resource may depend on the job's files."""
    if isinstance(resource.raw, str):
        return bool(re.search(r"\binput\b", resource.raw))
    return any(takes_files(part) for part in vars(resource).values() if callable(part))


def of_film(expand_resources):
    """All parts and sections of a film need the same, unless a rule asks for their number or their files."""

    def expand(self, wildcards, input, attempt, skip_evaluation=None):
        def found(wildcards):
            return expand_resources(self, wildcards, input, attempt, skip_evaluation)

        known = vars(self).setdefault("_needs", {})
        if "files" not in known:
            known["files"] = any(map(needs_files, self.resources.values()))
        if known["files"]:
            return found(wildcards)
        shared = {
            name: value
            for name, value in wildcards.items()
            if name not in ("part", "section")
        }
        key = (*shared.items(), attempt, *(skip_evaluation or ()))
        if key not in known:
            try:
                known[key] = found(shared)
            except snakemake.exceptions.InputFunctionException:
                known[key] = None
        return known[key] or found(wildcards)

    return expand


class Later(list):
    """The files of a job, copied as plain strings only for a function that takes them."""

    def __init__(self, files):
        super().__init__(files)
        self.files = files

    def _plainstrings(self):
        return self

    def __call__(self):
        return self.files._plainstrings()


def copying_late(expand_params):
    """The files of a job are not copied for its params before one of them takes files: few do."""

    def expand(self, wildcards, input, output, *others, **named):
        files = Later(input), Later(output)
        return expand_params(self, wildcards, *files, *others, **named)

    return expand


def one_for_all(wildcards_of):
    """All functions of a job are given the same wildcards."""
    kept = functools.lru_cache(maxsize=8)(
        lambda *items: wildcards_of(fromdict=dict(items))
    )
    return lambda fromdict: kept(*fromdict.items())


WRITER = snakemake.utils.SequenceFormatter(
    element_formatter=snakemake.utils.QuotedFormatter()
)


def with_few_names(format_wildcards):
    """A message names a wildcard and a param or two, and none of the 400 other things that it could."""
    plain = re.compile(r"([^{}]|\{(wildcards|params)\.\w+\})*")

    def written(job, text, **variables):
        if variables or not plain.fullmatch(text):
            return format_wildcards(job, text, **variables)
        try:
            return WRITER.format(
                text, wildcards=job._format_wildcards, params=job.params
            )
        except Exception:
            return format_wildcards(job, text)

    return written


def as_called(format_files):
    """Files are shown as they are called; Snakemake says more only of those that have other flags."""
    untold = {"ancient", "directory", "temp"}

    def shown(files, *arguments, **named):
        if all(untold.issuperset(getattr(file, "flags", ())) for file in files):
            return [str(file) for file in files]
        return format_files(files, *arguments, **named)

    return shown


def by_class(is_flagged):
    """Two classes of strings have flags: Snakemake asks an abstract one, a hundred times a job."""
    flagged = (snakemake.io._IOFile, snakemake.io.AnnotatedString)

    def asked(value, flag):
        if type(value) in flagged:
            return bool(value.flags.get(flag))
        return is_flagged(value, flag)

    return asked


def if_one_may_hold_another(check_directory_outputs):
    """No output lies in another when none is called like a folder: folders are few, and all pairs of files many."""

    def check(dag):
        files = {os.path.abspath(file) for job in dag.jobs for file in job.output}
        folders = {Path(folder) for folder in map(os.path.dirname, files)}
        above = {str(path) for folder in folders for path in (folder, *folder.parents)}
        if not files.isdisjoint(above):
            check_directory_outputs(dag)

    return check


def if_unusual(check):
    """Nothing is wrong with a name of letters, digits and single slashes."""
    usual = re.compile(r"(?!\./)[\w.-]+(/[\w.-]+)*")
    return lambda file: None if usual.fullmatch(file) else check(file)


def one_by_one(output_mintime):
    """Files are looked at one after another, without a task and a group of tasks for each."""

    async def oldest(job):
        files = [*job.output, *filter(None, [job.benchmark])]
        times = [await file.mtime() for file in files if await file.exists()]
        return min((time.local_or_storage() for time in times), default=None)

    return oldest


def one_a_name(new):
    """The two names that no list of files may have are guarded by one object each, not by one more in every list."""
    made = {}

    def guard(kind, name=None):
        return made.setdefault(name, new(kind)) if name else new(kind)

    return guard


# The names of scripts hold no wildcards: one job speaks for all of its rule (19 %).
mend(snakemake.dag.ScriptProcessor, "process_job", once(lambda job: job.rule.name))
# Which rule makes a file (10 %), and what functions of rules take (15 %).
mend(snakemake.output_index.OutputIndex, "match_producers", once(numberless))
for user in (snakemake.common, snakemake.rules):
    mend(user, "get_function_params", functools.cache)
# What a job needs (7 %), and what its functions are given (5 %).
mend(snakemake.rules.Rule, "expand_resources", of_film)
mend(snakemake.rules.Rule, "expand_params", copying_late)
mend(snakemake.rules, "Wildcards", one_for_all)
# What is said of a job (9 %).
mend(snakemake.jobs.Job, "format_wildcards", with_few_names)
mend(snakemake.jobs, "format_files", as_called)
# What is asked of each file: its flags (5 %), its name (4 %), whether it lies in another (5 %), and when it was made (3 %).
asked_for = snakemake.io.is_flagged
for name, user in list(sys.modules.items()):
    if name.startswith("snakemake") and vars(user).get("is_flagged") is asked_for:
        mend(user, "is_flagged", by_class)
mend(snakemake.io._IOFile, "check", if_unusual)
mend(snakemake.dag.DAG, "check_directory_outputs", if_one_may_hold_another)
mend(snakemake.jobs.Job, "output_mintime", one_by_one)
# 8 % of the memory, which takes time too.
if snakemake.iocontainers.AttributeGuard.__new__ is object.__new__:
    snakemake.iocontainers.AttributeGuard.__new__ = one_a_name(object.__new__)
