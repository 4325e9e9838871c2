#!/bin/sh
# Makes or updates .venv with the locked packages of requirements/$1.txt (run or dev) and TruongNet itself.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "cần Python 3.11 trở lên / Python 3.11 or newer is needed ($("$python" --version))" >&2
    exit 1
}
[ -x .venv/bin/python ] || "$python" -m venv .venv
pip="env PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/python -m pip -qq install"
$pip --require-hashes -r "requirements/$1.txt"
$pip --no-deps --no-build-isolation --editable .
