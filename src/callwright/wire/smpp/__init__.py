"""SMPP 3.4 as an ESME speaks it, sans I/O (SMPP Protocol Specification v3.4, issue 1.2)."""
