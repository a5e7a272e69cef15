"""The command line: `callwright serve`, `callwright call`, and commands for what is configured."""

from callwright.cli.program import main

__all__ = ["main"]
