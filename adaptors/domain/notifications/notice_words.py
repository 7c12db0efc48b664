"""What messages say: templates with fields in braces, filled with words and never with code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from adaptors.domain.notifications.notification_kinds import CELLS, DOCUMENTS, KINDS, Level, Tone
from adaptors.models import Activation, Notice, NotificationSetting, Transaction
from arhub.models import Account, Tenant
from arhub.tenancy.scope import current_tenant_id
from connectors.gateways import templates
from connectors.models import Connection

FIELDS = {  # field → what it is, and what a preview without any document shows
    "adaptor": ("the adaptor's name", "Invoices to customers"),
    "company": ("the name of your company", "Example ApS"),
    "what": ("what happened, with how often", "37 documents failed"),
    "event": ("what happened, in a word or two", "Failed"),
    "count": ("how often it happened", "37"),
    "text": ("why, in a sentence", "The server does not answer."),
    "documents": ("the numbers of the documents, the first ten", "10482, 10483, 10484"),
    "number": ("the number of the last document", "10484"),
    "customer": ("the customer of the last document", "Nordic Pumps A/S"),
    "gateway": ("the gateway", "Pumps SFTP"),
    "counts": ("what a run did", "Sent: 120, Held: 3"),
    "date": ("when it happened, in the company's time", "23/11/2026 07:00"),
    "link": ("the address of the page; customers get none", "/adaptors/transaction/"),
}
EXAMPLE: Mapping[str, str] = {field: example for field, (_, example) in FIELDS.items()}
SUBJECT = "{adaptor}: {what}"
BODY = """{what}.

{text}
Documents: {documents}
Gateway: {gateway}
Counts: {counts}

{link}"""
MOST_NUMBERS = 10
LONGEST_SUBJECT, LONGEST_BODY, LONGEST_VALUE = 250, 20_000, 1_000
NOT_ON_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
INVISIBLE = re.compile(
    r"[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]+"
)
"""Characters that nobody sees, and some of which turn around what is read after them."""
Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """A message: one line, the text below it, and the page that it leads to."""

    subject: str
    body: str
    link: str = ""


def check(template: str) -> None:
    """Raises `templates.WrongTemplate`."""
    templates.check(template, FIELDS)


def worded(setting: NotificationSetting, facts: Facts) -> Words:
    """The templates of a setting, filled. A line all whose fields come out empty is left out."""
    subject = templates.fill(setting.subject or SUBJECT, facts)
    lines = [
        templates.fill(line, facts) for line in (setting.body or BODY).splitlines()
        if not (asked := templates.fields_of(line)) or any(facts.get(field) for field in asked)
    ]  # fmt: skip
    return Words(_one_line(subject), re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), facts["link"])


def recovery(notice: Notice, facts: Facts) -> Words:
    total = "It was one in all." if notice.count == 1 else f"There were {notice.count:,} in all."
    body = f"This is over: {facts['what']}.\n\n{notice.over}\n{total}\n\n{facts['link']}".strip()
    return Words(_one_line(f"{facts['adaptor']}: over – {facts['what']}"), body, facts["link"])


def digest(setting: NotificationSetting, notices: Sequence[Notice]) -> Words:
    """One message for a period: a paragraph for each cause."""
    parts = [_paragraph(setting, notice) for notice in notices]
    total = f"{len(parts):,} notifications" if len(parts) != 1 else "one notification"
    link = parts[0][1] if parts else ""
    body = "\n\n".join(text for text, _ in parts)
    if len(body) > LONGEST_BODY:
        body = f"{body[: LONGEST_BODY - 1]}…"
    return Words(_one_line(f"{setting.activation}: {total}"), body, link)


def _paragraph(setting: NotificationSetting, notice: Notice) -> tuple[str, str]:
    facts = facts_of(notice, notice.untold or notice.count)
    if notice.closed_at and notice.told_at and not notice.untold:
        return recovery(notice, facts).body, facts["link"]
    words = worded(setting, facts)
    over = f"\nIt is over. {notice.over}" if notice.over else ""
    return f"{words.subject}\n{words.body}{over}", facts["link"]


def facts_of(notice: Notice, count: int) -> Facts:
    """What the templates may say of a notice of which so many events are told."""
    return _facts(notice.setting.activation, notice.kind, count, notice.facts, is_ours=notice.audience_id is None)


def sample(setting: NotificationSetting) -> tuple[Facts, str]:
    """What a preview shows, and of what: of the newest document of the cell, of the newest one, or of none."""
    kinds = CELLS[Level(setting.level), Tone(setting.tone)]
    rows = Transaction.objects.filter(activation=setting.activation).order_by("-id")
    states = [kind.removeprefix(DOCUMENTS) for kind in kinds if kind.startswith(DOCUMENTS)]
    row = (rows.filter(state__in=states).first() or rows.first()) if states else None
    kind = next(iter(setting.kinds or kinds))
    if row is None:
        own = {"adaptor": str(setting.activation), "what": KINDS[kind].what(37), "event": KINDS[kind].label}
        shown = dict.fromkeys(("counts",) if states else ("documents", "number", "customer"), "")
        return {**EXAMPLE, **own, **shown, "link": address(_list_of(setting.activation))}, "an example"
    kind = f"{DOCUMENTS}{row.state}" if f"{DOCUMENTS}{row.state}" in kinds else kind
    known = {"transaction": row.pk, "account": row.account_id, "number": row.number, "connection": row.connection_id,
             "text": row.said, "numbers": [row.number]}  # fmt: skip
    return _facts(setting.activation, kind, 1, known), f"document {row.number}"


def address(path: str) -> str:
    """Where people open a page: whole where the operator has said where the hub is, else its path."""
    return f"{settings.ADDRESS}{path}"


def _facts(
    activation: Activation, kind: str, count: int, known: Mapping[str, Any], *, is_ours: bool = True
) -> dict[str, str]:
    company = Tenant.objects.get(pk=current_tenant_id())
    account = Account.objects.filter(pk=known.get("account")).first()
    gateway = Connection.objects.filter(pk=known.get("connection")).first()
    numbers = known.get("numbers", [])
    more = f" and {count - len(numbers):,} more" if numbers and count > len(numbers) else ""
    found = {
        "adaptor": str(activation), "company": company.legal_name or company.name, "what": KINDS[kind].what(count),
        "event": KINDS[kind].label, "count": f"{count:,}", "text": str(known.get("text", "")),
        "documents": ", ".join(numbers) + more, "number": str(known.get("number", "")),
        "customer": account.name if account else "", "gateway": str(gateway or ""),
        "counts": ", ".join(f"{label}: {number}" for label, number in (known.get("counts") or {}).items()),
        "date": f"{timezone.now().astimezone(company.zone):%-d %b %Y %H:%M}",
        "link": address(_page(activation, known, count)) if is_ours else "",
    }  # fmt: skip
    return {name: _one_line(value)[:LONGEST_VALUE] for name, value in found.items()}


def _page(activation: Activation, known: Mapping[str, Any], count: int) -> str:
    if known.get("page"):
        return str(known["page"])
    if known.get("run"):
        return reverse("admin:arhub_run_change", args=[known["run"]])
    if known.get("transaction") and count == 1:
        return reverse("admin:adaptors_transaction_change", args=[known["transaction"]])
    return _list_of(activation)


def _list_of(activation: Activation) -> str:
    return f"{reverse('admin:adaptors_transaction_changelist')}?activation__id__exact={activation.pk}"


def _one_line(text: str) -> str:
    """No header and no other line can begin in what came from a document, and it reads as it is stored."""
    return " ".join(NOT_ON_A_LINE.sub(" ", INVISIBLE.sub("", text)).split())
