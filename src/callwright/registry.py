"""Imports every module of a plural package, so that each registers itself."""

import importlib
import pkgutil


def load_all(package_name: str) -> list[str]:
    """Import all modules directly inside a package; answers their names in alphabetical order."""
    package = importlib.import_module(package_name)
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    for name in names:
        importlib.import_module(f"{package_name}.{name}")
    return names
