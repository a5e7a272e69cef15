"""The OpenAPI description of /v1: what all operations have in common is added here, in one place."""

from typing import Any

from fastapi import FastAPI

from callwright.model.actor import LONGEST_REASON

_REASON = {
    "name": "X-Callwright-Reason",
    "in": "header",
    "required": False,
    "description": "Why; kept in the revisions of what the request changes, its first 500 characters.",
    "schema": {"type": "string", "maxLength": LONGEST_REASON},
}
_ETAG = {"ETag": {"description": 'The revision that is shown, for If-Match: `"7"`.', "schema": {"type": "string"}}}

#: What a SID in a path is of, by the path's first part.
_OWNERS = {
    "Applications": "The application's SID, AP….",
    "Calls": "The call's SID, CA….",
    "Carriers": "The carrier's SID, CR….",
    "Exchanges": "The exchange's SID, EX….",
    "Messages": "The message's SID, SM… or MM….",
    "ScheduledChanges": "The scheduled change's SID, CH….",
    "ShortCodes": "The short code's SID, SC….",
    "Trunks": "The trunk's SID, TK….",
}


class DescribedApi(FastAPI):
    """FastAPI that says of its operations what their code does not declare one by one."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            _complete(super().openapi())
        return super().openapi()


def _complete(document: dict[str, Any]) -> None:
    paths: dict[str, dict[str, Any]] = document["paths"]
    conditional = {path for path, methods in paths.items() if "get" in methods and _has_if_match(methods)}
    for path, methods in paths.items():
        for method, operation in methods.items():
            _name_the_sid(path, operation)
            if method != "get":
                operation.setdefault("parameters", []).append(_REASON)
            if method != "delete" and (path in conditional or (method == "post" and f"{path}/{{sid}}" in conditional)):
                _add_etag(operation)


def _has_if_match(methods: dict[str, Any]) -> bool:
    return any(
        parameter["name"].lower() == "if-match"
        for operation in methods.values()
        for parameter in operation.get("parameters", ())
    )


def _name_the_sid(path: str, operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "sid" and parameter["in"] == "path":
            parameter["description"] = _OWNERS[path.split("/")[1]]


def _add_etag(operation: dict[str, Any]) -> None:
    for status in ("200", "201"):
        if status in operation["responses"]:
            operation["responses"][status]["headers"] = _ETAG
