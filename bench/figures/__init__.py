"""One file per figure; each has `measure(stage) -> Iterable[Figure]` and `ORDER`."""
