"""Edge: the media process (packets only) and its client."""
