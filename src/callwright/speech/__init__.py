"""Edge: the speech process: text to speech and audio decoding into clips, and its client."""
