# Each target calls a script, `bakeoff` or cargo. Logic belongs there, not in this file.
# NAME=…, VARIANTS=… and other values of the command line are passed on as environment variables
# BAKEOFF_NAME, BAKEOFF_VARIANTS and so on. They are not expanded, so quotes, spaces, `$` and
# backticks need no escaping for make. Values of the same names in the environment are ignored,
# because shells may export them for other purposes.

VARIABLES := NAME VARIANTS SCENARIOS TRACE PROFILE ROUNDS BASELINE MAX_PARALLEL BASE_REF \
	TIMEOUT_MINUTES GENERATE_CMD DELETE_BRANCHES FROM SEED
unexport $(VARIABLES)
$(foreach variable,$(VARIABLES),$(if $(filter command,$(origin $(variable))),\
	$(if $(value $(variable)),$(eval export BAKEOFF_$(variable) := $$(value $(variable))))))

.PHONY: help parallel-explore parallel-explore-list parallel-explore-results \
	parallel-explore-cleanup new-variant test test-fast test-all bench lint setup

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-26s %s\n", $$1, $$2 }' Makefile
	@printf '%s\n' '' '  Values: NAME=… VARIANTS=JSON SCENARIOS=a,b TRACE=access.log PROFILE=quick|standard|publish' \
	  '  BASELINE=… BASE_REF=… MAX_PARALLEL=… TIMEOUT_MINUTES=… DELETE_BRANCHES=true FROM=… GENERATE_CMD=CMD; see README.md'

parallel-explore: ## build, replay and compare variants in worktrees (NAME, VARIANTS, …)
	@scripts/bakeoff explore

parallel-explore-list: ## list explorations
	@scripts/bakeoff list

parallel-explore-results: ## print the results of an exploration (NAME)
	@scripts/bakeoff results

parallel-explore-cleanup: ## remove an exploration's worktrees and data (NAME, DELETE_BRANCHES=true)
	@scripts/bakeoff cleanup

new-variant: ## create a strategy as a copy of another (NAME, FROM=lru)
	@scripts/bakeoff new-variant

test-fast: ## run the quick tests, without services and browser (start here)
	@scripts/test $(addprefix -p bakeoff-,analysis protocol report stats strategy workload) \
	  --lib --test analysis --test schemas --test report --test stats --test workload -- \
	  --skip ground_truth:: --skip the_shared_traces

test: ## run all tests (starts private servers and a headless browser)
	@scripts/setup test
	@scripts/test --workspace

test-all: test ## also test thread interleavings and the hits of real traces (BAKEOFF_TRACES)
	@scripts/test -p bakeoff-patterns --features loom --test interleavings
	@scripts/check-ground-truth

bench: ## benchmark the hot paths against hand-written loops
	@scripts/setup
	@cargo bench --workspace --bench '*'

lint: ## check language, formatting, clippy and docs; warnings are errors
	@scripts/check-language
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets -- -D warnings
	@RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --quiet

setup: ## install missing programs (most other targets do this too)
	@scripts/setup
