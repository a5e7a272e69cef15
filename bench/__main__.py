"""`python -m bench [--only NAME …] [--calls N] [--json FILE]`: one JSON object and a readable table."""

import argparse
import importlib
import json
import os
import pkgutil
import platform
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import figures
from bench.figure import Figure
from bench.stage import staged


def modules(only: list[str]) -> list[ModuleType]:
    names = [module.name for module in pkgutil.iter_modules(figures.__path__)]
    unknown = set(only) - set(names)
    if unknown:
        sys.exit(f"no figure named {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    loaded = [importlib.import_module(f"bench.figures.{name}") for name in names if not only or name in only]
    return sorted(loaded, key=lambda module: int(module.ORDER))


def measure_all(only: list[str], calls: int, console: Console) -> list[Figure]:
    measured: list[Figure] = []
    for module in modules(only):
        name = module.__name__.rpartition(".")[2]
        with tempfile.TemporaryDirectory() as folder, console.status(f"measuring {name} …"):
            began_s = time.monotonic()
            with staged(Path(folder), calls) as stage:
                measured += module.measure(stage)
        console.print(f"measured {name} in {time.monotonic() - began_s:.0f} s")
    return measured


def table(measured: list[Figure]) -> Table:
    shown = Table(title="Callwright on this machine")
    for column in ("figure", "measured", "must", "aim", "reference", "ratio", ""):
        shown.add_column(column, justify="right" if column in ("measured", "must", "aim", "ratio") else "left")
    for figure in measured:
        verdict = {True: "ok", False: "MISSED", None: ""}[figure.reaches]
        reference = f"{figure.reference:,.4g} ({figure.reference_name})" if figure.reference else ""
        ratio = f"{figure.ratio:.3g}" if figure.ratio is not None else ""
        value = f"{figure.value:,.4g} {figure.unit}"
        shown.add_row(figure.name, value, _bound(figure.must), _bound(figure.aim), reference, ratio, verdict)
        if figure.note:
            shown.add_row(f"  [dim]{figure.note}[/dim]")
    return shown


def _bound(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], help="names of files in bench/figures")
    parser.add_argument("--json", type=Path, help="write the JSON object there instead of to standard output")
    parser.add_argument("--calls", type=int, default=100, help="how many calls play at the same time")
    options = parser.parse_args()
    # A run that is ended from outside still ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(stderr=True)
    measured = measure_all(options.only, options.calls, console)
    result = json.dumps({"machine": machine(), "figures": [figure.as_dict() for figure in measured]}, indent=2)
    if options.json:
        options.json.write_text(result + "\n")
    else:
        print(result)
    console.print(table(measured))
    return int(any(figure.reaches is False for figure in measured))


if __name__ == "__main__":
    sys.exit(main())
