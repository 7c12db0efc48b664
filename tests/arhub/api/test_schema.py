"""What the API says of itself: a valid document, without a warning, that every answer keeps to."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from arhub.models import Tenant
from tests.arhub.api.conftest import MakeKey
from tests.arhub.api.records import filled
from tests.arhub.api.routes import ROOT

SHORT = settings(
    max_examples=6, deadline=None, database=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{ROOT}schema/?format=json").json()
    return found


def test_document_is_valid_and_made_without_a_warning(tmp_path: Any) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yaml"))

    assert "/api/hub/v1/documents/" in (tmp_path / "schema.yaml").read_text()


@pytest.mark.django_db
def test_every_operation_says_what_it_needs_and_how_it_fails(document: dict[str, Any]) -> None:
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    error = {"$ref": "#/components/schemas/Error"}

    assert document["openapi"].startswith("3.0")
    assert set(document["components"]["securitySchemes"]) == {"ApiKey", "Bearer", "Session"}
    for operation in operations:
        assert operation["security"] == [{"ApiKey": []}, {"Bearer": []}, {"Session": []}]
        assert "Needs the scope `" in operation["description"]
        answers = operation["responses"]
        assert {"400", "401", "403", "404", "429"} <= set(answers)
        assert [answers[code]["content"]["application/json"]["schema"] for code in answers if code >= "4"] == [
            error for code in answers if code >= "4"
        ]


@pytest.mark.django_db
def test_every_parameter_and_field_is_described(document: dict[str, Any]) -> None:
    parameters = [
        (path, parameter["name"])
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query" and not parameter.get("description")
    ]
    amount = document["components"]["schemas"]["Document"]["properties"]["total_amount"]

    assert parameters == []
    assert amount == {
        "type": "string", "format": "decimal", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "example": "1250.00",
        "readOnly": True, "nullable": True, "description": "What is to be paid in all, VAT included.",
    }  # fmt: skip


def test_answers_keep_to_the_document(tenant: Tenant, make_key: MakeKey) -> None:
    """Whatever is asked for, sensible or not: no 5xx, and no answer that the document does not describe. That a cursor
    is one the hub gave, no document can say."""
    filled(tenant, "acting", sets=2)
    headers = {"Api-Key": make_key(requests_per_minute=100_000)[1]}
    schema = schemathesis.openapi.from_wsgi(f"{ROOT}schema/?format=json", get_wsgi_application())
    tried = []

    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        tried.append((operation.method, operation.path))

        @SHORT
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

        ask()

    assert len(tried) == len(set(tried)) >= 140


def test_records_that_are_there_keep_to_the_document(
    tenant: Tenant, make_key: MakeKey, document: dict[str, Any]
) -> None:
    filled(tenant, "acting", sets=2)
    headers = {"Api-Key": make_key()[1]}
    schema = schemathesis.openapi.from_wsgi(f"{ROOT}schema/?format=json", get_wsgi_application())
    listed = {"ingestion": "ingestions", "run": "runs", "inbox": "inboxes", "transaction": "transactions"}
    parents = {
        name: Client(headers=headers).get(f"{ROOT}{address}/").json()["results"][0]["id"]
        for name, address in listed.items()
    }
    shown = 0

    paths = {path for path, methods in document["paths"].items() if "get" in methods and "/results/" not in path}
    for path in sorted(path for path in paths if not path.endswith(("/{id}/", "/file/", "/evidence/"))):
        parameters = {item.name: item.definition["schema"] for item in schema[path]["GET"].query}
        every = {"include": parameters["include"]["items"]["enum"]} if "include" in parameters else {}
        above = {name: found for name, found in parents.items() if f"{{{name}}}" in path}
        answer = schema[path]["GET"].Case(path_parameters=above, query=every).call_and_validate(headers=headers)
        for record in answer.json()["results"]:
            shown += 1
            if f"{path}{{id}}/" in paths:
                schema[f"{path}{{id}}/"]["GET"].Case(path_parameters={"id": record["id"]}).call_and_validate(
                    headers=headers
                )

    assert shown == 94
