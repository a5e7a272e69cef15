"""mkdocs hook: a folder in the navigation (`adr/`) stands for the pages in it, index first, then by name."""

from pathlib import Path
from typing import Any


def on_config(config: dict[str, Any]) -> dict[str, Any]:
    """Replace the folders in `nav` before mkdocs reads it."""
    config["nav"] = _expanded(config["nav"], Path(config["docs_dir"]))
    return config


def _expanded(entry: Any, docs: Path) -> Any:
    if isinstance(entry, list):
        return [_expanded(item, docs) for item in entry]
    if isinstance(entry, dict):
        return {title: _expanded(item, docs) for title, item in entry.items()}
    return pages_of(docs / entry, docs) if entry.endswith("/") else entry


def pages_of(folder: Path, docs: Path) -> list[str]:
    """The folder's pages as paths below docs."""
    pages = sorted(folder.glob("*.md"), key=lambda page: (page.name != "index.md", page.name))
    return [page.relative_to(docs).as_posix() for page in pages]
