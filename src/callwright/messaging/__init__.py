"""Messaging: carriers, the queue of outgoing messages, and what carriers bring in."""
