# Two commands for a newcomer: `make demo` and `make test`. Each prepares its own environment in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export HF_HUB_OFFLINE ?= 1
export TOKENIZERS_PARALLELISM := false

.PHONY: demo test check families benchmarks methods lab lab_axes curves overoptimise builders world clean

demo: $(VENV)/ready
	$(BIN)/veridical demo

test: $(VENV)/ready
	$(BIN)/python -m pytest -m "not slow and not gpu"

# Long runs: the slow tests, and the demo's controls (shuffled labels, blanked pictures).
check: $(VENV)/ready
	$(BIN)/python -m pytest -m "not gpu"

families: $(VENV)/ready
	$(BIN)/python -m veridical.study.families docs/families.md

benchmarks: $(VENV)/ready
	$(BIN)/python -m veridical.study.benchmarks docs/benchmarks.md

methods: $(VENV)/ready
	$(BIN)/python -m veridical.study.methods docs/methods.md

# 98 core-minutes on two cores; stopped, it continues.
lab: $(VENV)/ready
	$(BIN)/veridical lab lab run=runs/lab
	mkdir -p docs/lab && cp runs/lab/lab.html runs/lab/lab.md docs/lab/

# 45 core-minutes: strength of the base, number and making of pairs, causes.
lab_axes: $(VENV)/ready
	$(BIN)/veridical lab lab_axes run=runs/lab_axes
	mkdir -p docs/lab && cp runs/lab_axes/axes.html runs/lab_axes/axes.md docs/lab/

# About 70 core-minutes each.
curves: $(VENV)/ready
	$(BIN)/veridical curves curves run=runs/curves
	mkdir -p docs/algorithms && cp runs/curves/curves.svg runs/curves/curves.md docs/algorithms/

overoptimise: $(VENV)/ready
	$(BIN)/veridical lab overoptimise run=runs/overoptimise
	mkdir -p docs/overoptimise && cp runs/overoptimise/*.svg runs/overoptimise/overoptimise.md docs/overoptimise/

builders: $(VENV)/ready
	$(BIN)/veridical lab builders run=runs/builders

world: $(VENV)/ready
	$(BIN)/veridical world model world run=runs/world

$(VENV)/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("veridical needs Python 3.11 or newer; set PYTHON=..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

clean:
	rm -rf $(VENV) runs build *.egg-info
