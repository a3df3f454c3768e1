# Everything lives in .venv; nothing else on the machine is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
sheet ?= config/films.tsv
SNAKEMAKE := $(BIN)/snakemake --cores all
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: setup setup-dev demo films test-fast test lint format bench clean

setup: $(VENV)/.done

$(VENV)/.done: requirements.txt requirements-torch.txt requirements-nodeps.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.txt
	$(BIN)/pip install --quiet --requirement requirements-torch.txt
	$(BIN)/pip install --quiet --require-hashes --no-deps --requirement requirements-nodeps.txt
	$(BIN)/python -c "import pathlib, site; pathlib.Path(site.getsitepackages()[0], 'answerprint.pth').write_text(str(pathlib.Path('workflow').resolve()))"
	touch $@

setup-dev: $(VENV)/.done-dev

$(VENV)/.done-dev: $(VENV)/.done requirements-dev.txt
	$(BIN)/pip install --quiet --require-hashes --requirement requirements-dev.txt
	touch $@

# Make a short damaged film, restore it, and say where the results are.
demo: setup
	$(SNAKEMAKE) demo_film
	$(SNAKEMAKE) --config films=demo/demo.tsv

# A sheet of films, one after another, and how far each is then: Snakemake lists the jobs of one film at a time, and none
# waits for another. sheet=PATH chooses the sheet.
films: setup
	names=$$($(BIN)/python -m answerprint.plan.film_sheet "$(sheet)") || exit; \
	for name in $$names; do \
		$(SNAKEMAKE) --config films="$(sheet)" only=$$name || failed=1; \
	done; \
	$(SNAKEMAKE) films --config films="$(sheet)" || failed=1; \
	exit $${failed:-0}

# Tests of the library alone; `make test` runs whole films as well.
test-fast: setup-dev
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile -m "not workflow"

test: setup-dev
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

lint: setup-dev
	$(BIN)/ruff format --check workflow scripts tests
	$(BIN)/ruff check workflow scripts tests
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint

format: setup-dev
	$(BIN)/ruff format workflow scripts tests
	$(BIN)/ruff check --fix workflow scripts tests
	$(BIN)/snakefmt Snakefile rules

# Speed and memory of every stage, repair beside other tools, who says what, and one film made again twenty times, all
# on known truth. media=PATH: where the clips lie.
bench: setup
	$(SNAKEMAKE) bench bench_repair bench_upscale bench_faces bench_portraits bench_prints bench_colour bench_cuts bench_motion bench_speakers bench_reproduce $(if $(media),--config media=$(media))

clean:
	rm -rf results logs benchmarks demo bench training damaged .snakemake
