"""One file per format of answers."""
