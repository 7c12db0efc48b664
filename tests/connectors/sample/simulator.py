"""A system of a few lines: it takes records down under numbers of its own, and tells what was changed since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.simulators.server import Request, Response, Simulator

PAGE = 3
KEY = "sample-key-7Qx"


class SampleSimulator(Simulator):
    kind = "sample"
    welcome = f"Sign in with the key {KEY}."

    def reset(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def state(self) -> Mapping[str, Any]:
        return {"records": len(self.rows)}

    def answer(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Response.of({"error": "Who are you?"}, 401)
        if request.method == "POST":
            return self._take(request.json())
        if "reference" in request.query:
            return Response.of([row for row in self.rows if row["reference"] == request.query["reference"]])
        since = int(request.query.get("since", "0"))
        changed = [row for row in self.rows if row["id"] > since]
        return Response.of({"rows": changed[:PAGE], "total": len(changed)})

    def _take(self, row: dict[str, Any]) -> Response:
        if not row.get("name"):
            return Response.of({"error": "A record needs a name."}, 422)
        self.rows.append({**row, "id": len(self.rows) + 1})
        return Response.of({"id": len(self.rows)}, 201)
