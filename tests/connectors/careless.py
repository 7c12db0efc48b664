"""Another system that is careless with what it is told: it says it back, in whatever it answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from connectors.simulators.server import Request, Response, Simulator

TOKEN = "token-of-the-parrot-5c1f"


class Parrot(Simulator):
    """Gives everybody the same session or token, and refuses all that is asked for then, in the words of the request
    itself. One that does not `let_in` refuses the sign-in as well. It passes for any system that is known here."""

    kind = "parrot"

    def __init__(self, *, lets_in: bool) -> None:
        self.lets_in = lets_in
        super().__init__()

    def reset(self) -> None:
        """It holds nothing."""

    def state(self) -> Mapping[str, Any]:
        return {}

    def answer(self, request: Request) -> Response:
        headers = {name: request.headers.get(name) for name in ("api-key", "authorization")}
        said = f"{_basic(request)} {headers} {request.body.decode('utf-8', 'replace')}"
        return self._xml(request, escape(said)) if "xml" in request.path else self._json(request, said)

    def _json(self, request: Request, said: str) -> Response:
        told = {"message": said, "detail": said, "errorMessage": said, "validationErrors": {"field": said}}
        if self.lets_in and request.path.endswith("/token"):
            return Response.of({**told, "access_token": TOKEN})
        if request.path.endswith("/Status"):
            return Response.of({**told, "loggedIn": self.lets_in})
        return Response(400, json.dumps(told).encode())

    def _xml(self, request: Request, said: str) -> Response:
        problem = f"<errormessage><error><errorno>X</errorno><description2>{said}</description2></error></errormessage>"
        if not self.lets_in:
            return _answer(f"<control><status>failure</status></control>{problem}")
        result = f"<result><status>failure</status>{problem}</result>"
        if b"getAPISession" in request.body:
            place = f"<endpoint>{request.base_url}{request.path}</endpoint>"
            result = (
                "<result><status>success</status><data>"
                f"<api><sessionid>{TOKEN}</sessionid>{place}</api></data></result>"
            )
        good = "<status>success</status>"
        signed_in = f"<authentication>{good}</authentication>"
        return _answer(f"<control>{good}</control><operation>{signed_in}{result}</operation>")


def _answer(inner: str) -> Response:
    return Response(200, f"<response>{inner}</response>".encode(), "text/xml")


def _basic(request: Request) -> str:
    given = request.headers.get("authorization", "").removeprefix("Basic ")
    try:
        return base64.b64decode(given).decode("utf-8", "replace")
    except ValueError:
        return given
