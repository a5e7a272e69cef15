"""Callwright: a self-hosted, Twilio-compatible phone platform and its emulator."""

__version__ = "0.1.0"
