"""The webhook client of the command line on the data alone: nobody is asked while no server runs."""

from callwright.model.errors import ServiceUnavailable
from callwright.usecases.web_ports import ApiRequest, WebAnswer, WebRequest

_MESSAGE = "No server runs on this data, so no web app is asked: start one (callwright serve)."


class NoWebhooks:
    """Implements usecases.ports.Webhooks: every request is refused with what to do."""

    async def call(self, request: ApiRequest) -> WebAnswer:
        raise ServiceUnavailable(_MESSAGE)

    async def request(self, request: WebRequest) -> WebAnswer:
        raise ServiceUnavailable(_MESSAGE)

    async def download(self, request: WebRequest) -> WebAnswer:
        raise ServiceUnavailable(_MESSAGE)

    def end_session(self, session: str) -> None:
        """There is none."""
