"""The routes of loads."""

from __future__ import annotations

from rest_framework.routers import BaseRouter

from ingestion.api.views import Changes, Ingestions, InvalidRows, Log, Results

_ONE = "ingestions/(?P<ingestion>[0-9]{1,18})"


def register(router: BaseRouter) -> None:
    router.register("ingestions", Ingestions, basename="ingestions")
    router.register(f"{_ONE}/invalid-rows", InvalidRows, basename="invalid_rows")
    router.register(f"{_ONE}/changes", Changes, basename="changes")
    router.register(f"{_ONE}/log", Log, basename="log")
    router.register(f"{_ONE}/results", Results, basename="results")
