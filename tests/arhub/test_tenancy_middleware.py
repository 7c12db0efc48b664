"""Requests of signed-in people, in real transactions: inside a test's own, half of this would pass by accident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import path

from arhub.models import Ledger, Membership, Tenant, User
from arhub.tenancy.context import current
from arhub.tenancy.scope import scope

if TYPE_CHECKING:
    from django.test import Client

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "side"]),
    pytest.mark.urls("tests.arhub.test_tenancy_middleware"),
]
Tenants = tuple[Tenant, Tenant, Tenant]


def names() -> str:
    return ", ".join(Ledger._base_manager.order_by("name").values_list("name", flat=True))


def show(request: Any) -> HttpResponse:
    return HttpResponse(f"{request.tenant}|{request.membership and request.membership.role}|{names()}")


def late(request: HttpRequest) -> TemplateResponse:
    return TemplateResponse(request, engines["django"].from_string("{{ names }}"), {"names": names})


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(f"{ledger.name};" for ledger in Ledger.objects.order_by("name").iterator(1))


def write(request: HttpRequest, status: int) -> HttpResponse:
    Ledger.objects.create(name="written")
    if status == 500:
        raise ZeroDivisionError
    return HttpResponse(status=status)


def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{len(request.read())} {connection.in_atomic_block}")


def upload(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.POST['name']} {request.FILES['file'].size}")


urlpatterns = [
    path("show", show),
    path("late", late),
    path("stream", stream),
    path("write/<int:status>", write),
    path("echo", echo),
    path("upload", upload),
]


@pytest.fixture
def user(tenants: Tenants) -> User:
    for tenant in tenants[:2]:
        with scope(tenant.pk):
            Ledger.objects.create(name=f"of {tenant.name}")
    user = User.objects.create_user("clerk@example.com", "secret")
    Membership.objects.create(user=user, tenant=tenants[0], role="clerk")
    return user


@pytest.fixture
def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    client.raise_request_exception = False
    return client


def kept(tenant: Tenant) -> str:
    with scope(tenant.pk):
        return names()


def test_request_sees_the_tenant_of_its_person(signed_in: Client) -> None:
    assert signed_in.get("/show").content == b"Acting|clerk|of Acting"


def test_request_without_sign_in_sees_nothing(client: Client, user: User) -> None:
    assert client.get("/show").content == b"None|None|"


def test_request_without_membership_sees_nothing(signed_in: Client, user: User) -> None:
    user.memberships.all().delete()

    assert signed_in.get("/show").content == b"None|None|"


def test_session_chooses_among_memberships_only(signed_in: Client, user: User, tenants: Tenants) -> None:
    _, hidden, empty = tenants
    Membership.objects.create(user=user, tenant=empty, role="viewer")

    answers = []
    for wanted in (empty.pk, hidden.pk, "1; drop table"):
        session = signed_in.session
        session["tenant_id"] = wanted
        session.save()
        answers.append(signed_in.get("/show").content)

    assert answers == [b"Empty|viewer|", b"Acting|clerk|of Acting", b"Acting|clerk|of Acting"]


def test_form_for_a_company_one_has_left_lands_in_no_other(signed_in: Client, user: User, tenants: Tenants) -> None:
    session = signed_in.session
    session["tenant_id"] = tenants[1].pk
    session.save()

    posted, looked = signed_in.post("/show").content, signed_in.get("/show").content

    assert (posted, looked) == (b"None|None|", b"Acting|clerk|of Acting")


def test_template_rendered_late_is_in_scope(signed_in: Client) -> None:
    assert signed_in.get("/late").content == b"of Acting"


def test_stream_is_made_in_scope_which_does_not_leak_between_pieces(signed_in: Client, tenants: Tenants) -> None:
    with scope(tenants[0].pk):
        Ledger.objects.create(name="second")

    pieces, between = [], []
    for piece in signed_in.get("/stream").streaming_content:  # type: ignore[attr-defined]
        pieces.append(piece)
        between.append(current())

    assert pieces == [b"of Acting;", b"second;"]
    assert between == [None, None]
    assert not connection.in_atomic_block


def test_stream_left_early_ends_its_transaction(signed_in: Client, tenants: Tenants) -> None:
    response: Any = signed_in.get("/stream")

    next(response.streaming_content)
    response.close()

    assert (current(), connection.in_atomic_block) == (None, False)


@pytest.mark.parametrize(("status", "names"), [(200, "of Acting, written"), (302, "of Acting, written"),
                                               (400, "of Acting"), (404, "of Acting"), (500, "of Acting")])  # fmt: skip
def test_write_is_kept_below_400_only(signed_in: Client, tenants: Tenants, status: int, names: str) -> None:
    response = signed_in.get(f"/write/{status}")

    assert (response.status_code, kept(tenants[0])) == (status, names)


def test_body_is_read_before_the_transaction_and_still_there(signed_in: Client) -> None:
    response = signed_in.post("/echo", b"x" * 5_000_000, content_type="application/octet-stream")

    assert response.content == b"5000000 True"


def test_form_is_parsed(signed_in: Client, tmp_path: Any) -> None:
    (tmp_path / "file.csv").write_bytes(b"a" * 3_000_000)

    with (tmp_path / "file.csv").open("rb") as file:
        response = signed_in.post("/upload", {"name": "n", "file": file})

    assert response.content == b"n 3000000"


def test_large_body_of_somebody_who_may_not_upload_is_refused_unread(client: Client) -> None:
    answer = client.post("/healthz", b"x" * 300_000, content_type="multipart/form-data; boundary=x")

    assert (answer.status_code, answer.content) == (413, b"Only clerks who are signed in may send files.")


@pytest.mark.parametrize(("coding", "status"), [({}, 200), ({"HTTP_TRANSFER_ENCODING": "chunked"}, 413)])
def test_stranger_may_ask_but_send_nothing_of_unknown_length(client: Client, coding: Any, status: int) -> None:
    answer = client.get("/show", **{"wsgi.input_terminated": True}, **coding)  # as gunicorn says of each

    assert answer.status_code == status


def test_nul_in_an_address_is_a_bad_request(signed_in: Client) -> None:
    assert signed_in.get("/plain?name=a%00b").status_code == 400


def test_form_of_a_stale_window_is_refused(signed_in: Client, tenants: Tenants) -> None:
    acting, hidden, _ = tenants

    codes = [signed_in.post("/show", {"for_tenant": tenant.pk}).status_code for tenant in (acting, hidden)]

    assert codes == [200, 409]
