"""What `snakemake --report` shows: small results under the name of their film, never a print."""


def in_report(path, result, caption, **where):
    """A result of a film that goes into the report; its caption is workflow/report/<caption>.rst.

    Masters and prints stay out: the report holds a copy of each of its files.
    """
    edition = "{edition}" if "{edition}" in path else "all editions"
    return report(
        path,
        caption=str(REPOSITORY / "workflow" / "report" / f"{caption}.rst"),
        category="{film}",
        labels={"result": result, "edition": edition},
        **where,
    )
