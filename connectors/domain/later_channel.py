"""What is sent to a partner after its request was answered, such as an asynchronous MDN. It may come twice there."""

from __future__ import annotations

from arhub.domain.channels import Answer, Channel, NotWanted, Outcome
from arhub.models import Outbound
from arhub.network import http
from arhub.network.errors import NetworkError, PermanentError
from connectors.models import Connection

CHANNEL = "later"
ADDRESS = "X-AR-Hub-Address"


class LaterChannel(Channel):
    """`destination` is the connection; the address stands among the headers, and does not travel."""

    may_repeat = True
    kept_days = 90

    def prepare(self, outbound: Outbound) -> None:
        if not Connection.objects.filter(pk=int(outbound.destination), is_enabled=True).exists():
            raise NotWanted("The connection was deleted or switched off.")

    def send(self, outbound: Outbound, destination: None) -> Answer:
        headers = {name: value for name, value in outbound.headers.items() if name != ADDRESS}
        try:
            answer = http.post(outbound.headers[ADDRESS], bytes(outbound.content), headers, repeatable=True)
        except PermanentError as error:
            return Answer(Outcome.REFUSED, str(error))
        except NetworkError as error:
            return Answer(Outcome.NOT_TAKEN, str(error))
        outcome = Outcome.DELIVERED if answer.ok else Outcome.NOT_TAKEN
        return Answer(outcome, f"It was answered with {answer.status}.", status=answer.status)
