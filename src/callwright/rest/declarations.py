"""Start-up check: what is declared but served by nothing must not reach a user."""

from collections.abc import Iterable

from callwright.model.fields import NotYet
from callwright.model.naming import parameter_name
from callwright.model.record import Parameters
from callwright.model.resource import Operation, Resource
from callwright.usecases.content import CONTENT_OF
from callwright.usecases.filters import filterable
from callwright.usecases.stored import performer_of


def check_declarations(resources: Iterable[Resource]) -> None:
    """Raises RuntimeError naming every parameter that no use case reads and no column stores, and lost content."""
    declared = list(resources)
    unread = [name for resource in declared for name in _unread(resource)]
    if unread:
        raise RuntimeError(f"declared parameters that nothing reads: {', '.join(unread)}")
    lost = [resource.name for resource in declared if resource.has_content and resource.name not in CONTENT_OF]
    if lost:
        raise RuntimeError(f"declared to have content that nothing gives: {', '.join(lost)}")


def _unread(resource: Resource) -> Iterable[str]:
    declared = {
        Operation.CREATE: (resource.create, frozenset(resource.record.columns())),
        Operation.UPDATE: (resource.update, frozenset(resource.record.columns())),
        Operation.LIST: (resource.filters, filterable(resource.record)),
    }
    for operation, (parameters, columns) in declared.items():
        if parameters is not None:
            read = columns | performer_of(resource.name, operation).reads | _refused(parameters)
            for name in parameters.model_fields:
                if name not in read:
                    yield f"{resource.name} {operation}: {parameter_name(name)}"


def _refused(parameters: type[Parameters]) -> frozenset[str]:
    fields = parameters.model_fields.items()
    return frozenset(name for name, field in fields if any(isinstance(item, NotYet) for item in field.metadata))
