from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/login/", "/nothing-here/"])
def test_pages_may_load_from_and_send_to_the_hub_alone(path: str) -> None:
    policy = Client().get(path).headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'self'; ")
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
