"""Listing: spares Snakemake to find out for every job anew what is the same for all jobs of a rule.

An hour of film is a thousand jobs. Snakemake 9 spends over a third of the time that it takes to list them on whether
each job's script is there (19 %), on what functions of rules take (14 %), and on which rule makes a file that it has
looked up before (5 %).
"""

import inspect

import snakemake.dag
import snakemake.output_index
import snakemake.resources


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


# The names of scripts hold no wildcards: one job speaks for all of its rule.
remember(snakemake.dag.ScriptProcessor, "process_job", lambda job: job.rule.name)
remember(snakemake.output_index.OutputIndex, "match_producers", str)


def functions_of(rule):
    """The functions that say what a rule's jobs read, are told and need."""
    needs = (resource._evaluator for resource in rule.resources.values())
    return (
        getattr(value, "callable", value)
        for value in (*rule.input, *rule.params, *needs)
    )


asked = [function for rule in workflow.rules for function in functions_of(rule)]
for function in (snakemake.resources.Resource.evaluate, *asked):
    if inspect.isfunction(function):
        # `inspect.signature` looks here first.
        function.__signature__ = inspect.signature(function)
