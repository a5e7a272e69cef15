"""One file per job queue."""
