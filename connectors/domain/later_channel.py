"""What is sent to a partner after its request was answered, such as an asynchronous MDN. It may come twice there."""

from __future__ import annotations

from arhub.domain.channels import Answer, Channel, NotWanted, Outcome
from arhub.models import Outbound
from arhub.network.errors import NetworkError, PermanentError
from connectors.domain.carriers import ready
from connectors.gateways.base import Gateway, Later
from connectors.models import Connection

CHANNEL = "later"
ADDRESS = "X-AR-Hub-Address"


class LaterChannel(Channel):
    """`destination` is the connection; the address stands among the headers, and does not travel."""

    may_repeat = True
    kept_days = 90

    def prepare(self, outbound: Outbound) -> Gateway:
        connection = Connection.objects.filter(pk=int(outbound.destination), is_enabled=True).first()
        if connection is None:
            raise NotWanted("The connection was deleted or switched off.")
        gateway = ready(connection)
        assert isinstance(gateway, Gateway)
        return gateway

    def send(self, outbound: Outbound, destination: Gateway) -> Answer:
        headers = {name: value for name, value in outbound.headers.items() if name != ADDRESS}
        try:
            destination.call_back(Later(outbound.headers[ADDRESS], bytes(outbound.content), headers))
        except PermanentError as error:
            return Answer(Outcome.REFUSED, str(error))
        except NetworkError as error:
            return Answer(Outcome.NOT_TAKEN, str(error))
        return Answer(Outcome.DELIVERED, "The partner has it.")
