"""Composition root: builds every edge, hands out ports, starts and stops in order."""

from callwright.server.serve import build_offline_app, serve

__all__ = ["build_offline_app", "serve"]
