"""Edge: Callwright's own /v1 API, with OpenAPI."""
