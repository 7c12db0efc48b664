"""What makes an endpoint, and what does not."""

from __future__ import annotations

import base64

import pytest
from django.db import connection

from arhub.domain import webhook_endpoints
from arhub.domain.webhook_endpoints import NotAnEndpoint
from arhub.models import Tenant, WebhookEndpoint
from arhub.tenancy.scope import scope


@pytest.mark.parametrize(
    "url",
    [
        "", "shop.example", "ftp://shop.example/", "https://", "https://:443/", "https://user:word@shop.example/",
        "https://shop.example:99999/", "https://[::1/", "https://shop.example/#part", "javascript:alert(1)",
        "https://shop.example/\nx",
    ],
)  # fmt: skip
def test_address_that_cannot_be_called_is_refused(tenant: Tenant, url: str) -> None:
    with scope(tenant.pk), pytest.raises(NotAnEndpoint) as refused:
        webhook_endpoints.make("Shop", url)

    assert refused.value.field == "url"


def test_event_that_does_not_exist_is_refused(tenant: Tenant) -> None:
    with scope(tenant.pk), pytest.raises(NotAnEndpoint, match="There is no event “cake") as refused:
        webhook_endpoints.make("Shop", "https://shop.example/", ["cake.eaten"])

    assert refused.value.field == "kinds"


def test_key_is_long_given_once_and_stored_encrypted(tenant: Tenant) -> None:
    with scope(tenant.pk):
        endpoint, key = webhook_endpoints.make("Shop", " https://shop.example/hooks ", ["webhook.test"])
        with connection.cursor() as cursor:
            cursor.execute(f"select row_to_json(e)::text from {WebhookEndpoint._meta.db_table} e")
            ((stored,),) = cursor.fetchall()

    assert key.startswith("whsec_")
    assert len(base64.b64decode(key.removeprefix("whsec_"))) == 32
    assert key not in stored
    assert key not in repr(endpoint.key) + str(endpoint.key)
    assert (endpoint.url, endpoint.kinds) == ("https://shop.example/hooks", ["webhook.test"])


def test_endpoints_have_a_limit(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_endpoints, "MOST_ENDPOINTS", 1)

    with scope(tenant.pk):
        webhook_endpoints.make("Shop", "https://shop.example/")
        with pytest.raises(NotAnEndpoint, match="which is the most"):
            webhook_endpoints.make("Shop", "https://shop.example/")
