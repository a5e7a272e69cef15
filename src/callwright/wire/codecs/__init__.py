"""One file per audio codec."""
