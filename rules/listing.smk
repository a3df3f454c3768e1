"""Listing: spares Snakemake to find out for every job anew what is the same for all jobs of a rule.

An hour of film is a thousand jobs. Snakemake 9 spends two fifths of the time that it takes to list them on whether each
job's script is there (19 %), on what functions of rules take (15 %), and on which rule makes a file (10 %).
"""

import re

import snakemake.common
import snakemake.dag
import snakemake.output_index
import snakemake.rules


def once(key):
    """A method that is called once for each thing that `key` says of its argument, and then remembered."""

    def remembering(method):
        @functools.wraps(method)
        def remembered(self, argument):
            known = self.__dict__.setdefault("_known", {})
            about = key(argument)
            if about not in known:
                known[about] = method(self, argument)
            return known[about]

        return remembered

    return remembering


def remember(kind, name, key):
    """Replace a method of a class of Snakemake's by one that remembers."""
    method = vars(kind)[name]
    if not hasattr(method, "__wrapped__"):
        setattr(kind, name, once(key)(method))


def numberless(path):
    """A path without the number of its part or section: the rule that makes it for one makes it for all."""
    return re.sub(r"(?<=/)\d{3}(?=\.|$)", "000", path)


# The names of scripts hold no wildcards: one job speaks for all of its rule.
remember(snakemake.dag.ScriptProcessor, "process_job", lambda job: job.rule.name)
remember(snakemake.output_index.OutputIndex, "match_producers", numberless)

for user in (snakemake.common, snakemake.rules):
    if not hasattr(user.get_function_params, "__wrapped__"):
        user.get_function_params = functools.cache(user.get_function_params)
