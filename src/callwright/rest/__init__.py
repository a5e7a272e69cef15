"""Edge: the 2010-04-01 API, generic over the declared resources."""
