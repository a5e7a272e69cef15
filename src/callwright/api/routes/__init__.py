"""The paths of /v1, one file for each resource: `routes(ports)` answers its router."""
