"""One request, from its parameters to its answer: authentication and operation in one transaction."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

from starlette.types import Receive, Scope

from callwright.model.actor import Actor, reason_of
from callwright.model.errors import ApiError
from callwright.model.record import Parameters
from callwright.model.resource import BASE, Operation, Resource
from callwright.model.resources.account import Account
from callwright.rest.authentication import parse_credentials
from callwright.rest.content import answer_content
from callwright.rest.form import Fields, check_content_type, parse_fields, parse_parameters
from callwright.rest.format import Format
from callwright.rest.http import HttpAnswer, header, read_body
from callwright.rest.paging import PageRequest, links_of, parse_page
from callwright.rest.representation import Representation
from callwright.rest.routes import Match
from callwright.usecases.authenticate import Credentials, Permission, authenticate
from callwright.usecases.content import CONTENT_OF
from callwright.usecases.media_url import MediaLink, permission_of_link
from callwright.usecases.operations import Answer, AsyncHandler, Page, Request, UnitHandler
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.usecases.stored import performer_of

_LONGEST_USER_AGENT = 200
_WRITING = frozenset({Operation.CREATE, Operation.UPDATE, Operation.DELETE})


@dataclass(frozen=True)
class _Asked:
    """What the client wants. What is wrong with it is told only to those who may ask: hence `refusal`."""

    match: Match
    operation: Operation
    credentials: Credentials | MediaLink
    actor: Actor
    parameters: Parameters | None = None
    page: PageRequest | None = None
    refusal: ApiError | None = None


class Performance:
    """Performs requests; holds what is worked out once per resource."""

    def __init__(self, ports: Ports, resources: Iterable[Resource]) -> None:
        self._ports = ports
        declared = list(resources)
        self._representations = {resource.name: Representation(resource) for resource in declared}
        self._handlers = {
            (resource.name, operation): performer_of(resource.name, operation).handler
            for resource in declared
            for operation in resource.operations
        }

    async def answer(
        self, scope: Scope, receive: Receive, match: Match, operation: Operation, form: Format
    ) -> HttpAnswer:
        """Raises ApiError."""
        is_content = _is_content(match, operation)
        link = _link(scope, match) if is_content else None
        credentials = link or parse_credentials(header(scope, b"authorization"))
        asked = _Asked(match, operation, credentials, _actor(scope, match, credentials))
        try:
            asked = await _with_parameters(asked, scope, receive)
        except ApiError as refusal:
            asked = replace(asked, refusal=refusal)
        answer = await self._performed(asked)
        if is_content:
            content = CONTENT_OF[match.endpoint.resource.name](self._ports, answer)
            return await answer_content(content, header(scope, b"if-none-match"))
        return self._represented(asked, answer, form)

    async def _performed(self, asked: _Asked) -> Answer:
        resource = asked.match.endpoint.resource
        handler = self._handlers[resource.name, asked.operation]
        storage = self._ports.storage
        if inspect.iscoroutinefunction(handler):
            request = await storage.read(lambda unit: self._admitted(unit, asked))
            return await cast("AsyncHandler", handler)(self._ports, request)
        perform = cast("UnitHandler", handler)

        def work(unit: UnitOfWork) -> Answer:
            return perform(unit, self._admitted(unit, asked))

        if asked.operation in _WRITING:
            return await storage.write(work, asked.actor)
        return await storage.read(work)

    def _admitted(self, unit: UnitOfWork, asked: _Asked) -> Request:
        resource = asked.match.endpoint.resource
        permission = self._permission(unit, asked)
        if asked.refusal is not None:
            raise asked.refusal
        return Request(
            resource=resource,
            operation=asked.operation,
            account=permission.account,
            principal=permission.principal,
            actor=asked.actor,
            settings=self._ports.settings,
            path=asked.match.variables,
            parameters=asked.parameters,
            page_size=asked.page.size if asked.page else 0,
            before_sid=asked.page.before_sid if asked.page else None,
            after_sid=asked.page.after_sid if asked.page else None,
        )

    def _permission(self, unit: UnitOfWork, asked: _Asked) -> Permission:
        account_sid = asked.match.account_sid
        if isinstance(asked.credentials, MediaLink):
            return permission_of_link(unit, self._ports.secrets, asked.credentials, account_sid or "")
        acts_on_account = asked.match.endpoint.resource.record is Account
        return authenticate(unit, asked.credentials, account_sid, even_if_inactive=acts_on_account)

    def _represented(self, asked: _Asked, answer: Answer, form: Format) -> HttpAnswer:
        if answer is None:
            return HttpAnswer(204)
        resource = asked.match.endpoint.resource
        extension = f".{asked.match.extension}" if asked.match.extension else ""
        # A row's own link has to work: formats of lists alone point at the form without extension.
        own_extension = extension if form.instance is not None else ""
        shown = self._representations[resource.name]
        if isinstance(answer, Page):
            assert asked.page is not None  # noqa: S101 - lists parse a page
            links = links_of(asked.match.path + extension, asked.page, answer)
            rows = [shown.row(record, own_extension) for record in answer.records]
            return HttpAnswer(200, form.page(resource, rows, links), form.content_type)
        write = cast("Callable[[Resource, Any], bytes]", form.instance)
        status = resource.created_status if asked.operation is Operation.CREATE else 200
        return HttpAnswer(status, write(resource, shown.instance(answer, extension)), form.content_type)


async def _with_parameters(asked: _Asked, scope: Scope, receive: Receive) -> _Asked:
    resource = asked.match.endpoint.resource
    if asked.operation is Operation.LIST:
        fields = parse_fields(scope["query_string"])
        page = parse_page(fields, (resource.sid_prefix, *resource.other_prefixes))
        return replace(asked, parameters=_parsed(resource.filters, page.filters), page=page)
    if asked.operation not in (Operation.CREATE, Operation.UPDATE):
        return asked
    declared = resource.create if asked.operation is Operation.CREATE else resource.update
    body = await read_body(receive)
    check_content_type(header(scope, b"content-type"), body)
    return replace(asked, parameters=_parsed(declared, parse_fields(body)))


def _parsed(declared: type[Parameters] | None, fields: Fields) -> Parameters | None:
    return parse_parameters(declared, fields) if declared is not None else None


def _is_content(match: Match, operation: Operation) -> bool:
    return operation is Operation.FETCH and match.endpoint.resource.has_content and not match.extension


def _link(scope: Scope, match: Match) -> MediaLink | None:
    """The signed link that the request is, when it is one: credentials, where there are any, come first."""
    if header(scope, b"authorization") or b"Signature=" not in scope["query_string"]:
        return None
    query = dict(parse_fields(scope["query_string"]))
    path = f"{BASE}{match.endpoint.resource.path}/{{Sid}}".format(**match.variables)
    return MediaLink(path, query.get("Expires", ""), query.get("Signature", ""))


def _actor(scope: Scope, match: Match, credentials: Credentials | MediaLink) -> Actor:
    client = scope.get("client")
    user_agent = header(scope, b"user-agent")[:_LONGEST_USER_AGENT]
    reason = reason_of(header(scope, b"x-callwright-reason"))
    account_sid = credentials.account_sid if isinstance(credentials, Credentials) else match.account_sid or ""
    return Actor(account_sid, client[0] if client else None, user_agent or None, reason)
