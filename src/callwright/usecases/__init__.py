"""What Callwright does: one verb phrase per file. Sockets, files and clocks come through ports."""
