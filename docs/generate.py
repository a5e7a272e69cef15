"""Write the reference pages: everything under docs/reference comes from the declarations in the code.

Run as `python -m docs.generate` (what `make docs` does). The pages are built, not committed.
"""

import shutil
from pathlib import Path

from docs.generators import carriers, cli, configuration, errors, extensions, resources, settings, twiml

REFERENCE = Path(__file__).parent / "reference"


def pages() -> dict[str, str]:
    """All reference pages: path below docs/reference, and Markdown text."""
    generated: dict[str, str] = {}
    for generator in (resources, extensions, configuration, carriers, twiml, errors, settings, cli):
        generated.update(generator.pages())
    return generated


def write(folder: Path) -> list[Path]:
    """Replace the folder's content with the pages; answers the files written."""
    shutil.rmtree(folder, ignore_errors=True)
    written = []
    for name, text in pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    print(f"{len(write(REFERENCE))} reference pages written")
