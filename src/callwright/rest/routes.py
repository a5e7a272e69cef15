"""Which resource a path names: a tree of path segments, built from the declarations."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from callwright.model.resource import BASE, Operation, Resource
from callwright.model.sid import is_sid

_SID_LENGTH = 34

_ON_LIST = {"GET": Operation.LIST, "POST": Operation.CREATE}
_ON_INSTANCE = {"GET": Operation.FETCH, "POST": Operation.UPDATE, "DELETE": Operation.DELETE}


@dataclass(frozen=True)
class Endpoint:
    """One path of one resource: operations by HTTP method."""

    resource: Resource
    operations: dict[str, Operation]
    variables: tuple[str, ...]
    is_instance: bool

    @property
    def allowed(self) -> str:
        """Value of the Allow header."""
        methods = [*self.operations, "OPTIONS"]
        return ", ".join(["HEAD", *methods] if "GET" in methods else methods)


@dataclass(frozen=True)
class Match:
    """What a path names. `path` is without extension; `extension` is "" when there was none."""

    endpoint: Endpoint
    variables: dict[str, str]
    path: str
    extension: str

    @property
    def account_sid(self) -> str | None:
        """The account acted on; None when the path names none."""
        if self.endpoint.is_instance and self.endpoint.resource.sid_prefix == "AC":
            return self.variables["Sid"]
        return self.variables.get("AccountSid")


@dataclass
class _Segment:
    children: dict[str, "_Segment"] = field(default_factory=dict)
    variable: "_Segment | None" = None
    endpoint: Endpoint | None = None


class Routes:
    """All paths below /2010-04-01."""

    def __init__(self, resources: Iterable[Resource], extensions: Iterable[str]) -> None:
        self._root = _Segment()
        self._extensions = frozenset(extensions)
        for resource in resources:
            self._add(resource, resource.path, _ON_LIST, is_instance=False)
            self._add(resource, f"{resource.path}/{{Sid}}", _ON_INSTANCE, is_instance=True)

    def _add(self, resource: Resource, path: str, methods: dict[str, Operation], *, is_instance: bool) -> None:
        operations = {method: name for method, name in methods.items() if name in resource.operations}
        if not operations:
            return
        segment, variables = self._root, []
        for name in path.strip("/").split("/"):
            if name.startswith("{"):
                variables.append(name.strip("{}"))
                segment.variable = segment.variable or _Segment()
                segment = segment.variable
            else:
                segment = segment.children.setdefault(name, _Segment())
        segment.endpoint = Endpoint(resource, operations, tuple(variables), is_instance)

    def find(self, path: str) -> Match | None:
        """The endpoint of a path (case-sensitive), or None. Fixed segments win over variables."""
        if not path.startswith(f"{BASE}/"):
            return None
        stem, extension = _split_extension(path)
        if extension and extension not in self._extensions:
            return None
        segment, values = self._root, []
        for name in stem[len(BASE) + 1 :].split("/"):
            child = segment.children.get(name)
            if child is None:
                child = segment.variable
                if child is None or not name or not name.isprintable():
                    return None
                values.append(_lowered(name))
            segment = child
        endpoint = segment.endpoint
        if endpoint is None:
            return None
        return Match(endpoint, dict(zip(endpoint.variables, values, strict=True)), stem, extension)


def _split_extension(path: str) -> tuple[str, str]:
    stem, dot, extension = path.rpartition(".")
    return (stem, extension) if dot and "/" not in extension else (path, "")


def _lowered(name: str) -> str:
    """A SID with its hex digits in lower case, as they are stored."""
    if len(name) == _SID_LENGTH:
        sid = name[:2] + name[2:].lower()
        return sid if is_sid(sid) else name
    return name
