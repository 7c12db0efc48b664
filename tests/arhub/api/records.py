"""What tenants of these tests have: records of every type, and a load that left everything behind."""

from __future__ import annotations

from typing import Any

from django.core.files.base import ContentFile

from adaptors.models import Activation, Answer, ExportRule, Transaction
from arhub.domain import webhook_endpoints
from arhub.models import Account, Document, Incident, Ledger, Outbound, Run, RunEntry, Schedule, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import deliveries
from connectors.models import (
    Connection,
    Inbox,
    InboxFile,
    NetworkAddress,
    OutboundPush,
    Participant,
    WriteBack,
)
from ingestion.models import Change, Count, Ingestion, IngestionFile, InvalidRow, LogEntry, State
from tests.arhub.admin.conftest import Records, fill


def filled(tenant: Tenant, word: str, *, sets: int = 1) -> Records:
    """Every text of them begins with the word, so that a leak is seen."""
    with scope(tenant.pk):
        records = Records(tenant, Ledger.objects.get(is_default=True))
        source, _ = Source.objects.get_or_create(name=f"{word} source", defaults={"ledger": records.ledger})
        for _ in range(sets):
            _add_load(source, word)
            _add_delivery(word)
            _add_run(word)
            _add_incident(source, word)
    fill(records, word, sets=sets)
    with scope(tenant.pk):
        for account in records.made["account"]:
            _add_push(account, word)
            _add_adaptor(source, account, word)
            _add_files(source, account, word)
    return records


def _add_files(source: Source, account: Account, word: str) -> None:
    """A file that went out and one that came in, through a folder."""
    connection = Connection.objects.create(kind="folder", name=f"{word} folder {account.pk}")
    sent = deliveries.send(
        connection, word.encode(), name=f"{word}.xml", facts={"number": word}, subject=f"{word} file"
    )
    sent.outbound.log.create(outcome="delivered", text=f"{word} took it", excerpt=word)
    sent.receipts.create(
        kind="answer", text=f"{word} has it", content=word.encode(), sha256="0" * 64, reference=f"{word} 3",
        speaks_of=word, file_sha256=sent.sha256,
    )  # fmt: skip
    inbox = Inbox.objects.create(
        name=f"{word} inbox {account.pk}", connection=connection, source=source, folder=word, record_type="account"
    )
    NetworkAddress.objects.create(scheme="9930", identifier=f"{word}{account.pk}", inbox=inbox)
    InboxFile.objects.create(inbox=inbox, name=f"{word}.csv", state="aside", text=f"{word} is empty.", size=3)


def _add_push(account: Account, word: str) -> None:
    connection = Connection.objects.create(
        kind="intacct", name=f"{word} books {account.pk}", values={"company": word}, last_error=f"{word} is closed"
    )
    push = OutboundPush.objects.create(
        channel="push", destination=str(connection.pk), identity=f"{word}-{account.pk}", subject=f"{word} customer",
        answer=f"{word} said no",
    )  # fmt: skip
    record = {"connection": connection, "record_type": "account", "record_id": account.pk}
    push.pushes.create(**record, refusal=f"{word} is full")
    push.log.create(outcome="refused", text=f"{word} said no", excerpt=word)
    WriteBack.objects.create(**record, system="intacct", name="RECORDNO", value=f"{word} 17")
    Participant.objects.create(
        scheme="9930", identifier=f"{word}{account.pk}".upper(), name=f"{word} buyer", registration_number=f"{word} 1",
        vat_number=f"{word} 2", look_up_text=f"{word} is there",
    )  # fmt: skip


def _add_delivery(word: str) -> None:
    endpoint, _ = webhook_endpoints.make(f"{word} shop", f"https://{word}.example/hooks")
    event = webhook_endpoints.send_test(endpoint)
    delivery = Outbound.objects.get(identity=str(event.public_id))
    delivery.log.create(outcome="not_taken", status=503, text=f"{word} is busy", excerpt=word, duration_ms=3)


def _add_run(word: str) -> None:
    schedule = Schedule.objects.create(name=f"{word} schedule", kind="copying", subject_id=1)
    run = Run.objects.create(
        title=f"{word} run", kind="copying", subject_id=1, schedule=schedule, reason=f"{word} reason",
        counts={f"{word} files": 3}, links=[{"label": f"{word} load", "url": "/"}],
    )  # fmt: skip
    RunEntry.objects.create(run=run, text=f"{word} entry")


def _add_incident(source: Source, word: str) -> None:
    number = Incident.objects.count()
    Incident.objects.create(
        kind="late", key=f"{word}-{number}", subject=f"{word} files", text=f"{word}: 1 of 2 files came.", source=source,
        url=f"/{word}/",
    )  # fmt: skip


def _add_load(source: Source, word: str) -> None:
    ingestion = Ingestion.objects.create(source=source, state=State.COMMITTED, reason=f"{word} reason")
    file = IngestionFile.objects.create(
        ingestion=ingestion, position=0, record_type="invoice", name=f"{word}.csv", header=["number", "total"],
        recipe={"columns": {"number": "invoice_number"}}, warnings=[f"{word} warning"],
    )  # fmt: skip
    Count.objects.create(ingestion=ingestion, file=file, type="INVOICE", lines=3, inserted=2, invalid=1)
    own: dict[str, Any] = {"ingestion": ingestion}
    for line in (2, 3, 3, 4, 5):
        problems = [{"column": "total", "expected": "an amount", "found": word}]
        InvalidRow.objects.create(
            **own, file=file, type="INVOICE", line=line, cells=[word, None], problems=problems, cause="x"
        )
        Change.objects.create(
            **own, file=file.pk, line=line, record_type="invoice", record=1, field="status", old=None, new=word
        )
        LogEntry.objects.create(**own, text=f"{word} line {line}")


def _add_adaptor(source: Source, account: Account, word: str) -> None:
    """A document that went out through an adaptor, with what came back, and one that nobody can place."""
    connection = Connection.objects.create(kind="folder", name=f"{word} share {account.pk}")
    activation = Activation.objects.create(
        adaptor="file_invoices", name=f"{word} export {account.pk}", source=source, destination=connection,
        format="bis3", document_types=["invoice"], is_on=True,
    )  # fmt: skip
    ExportRule.objects.create(
        activation=activation, account=account, is_active=True, values={"note": f"{word} note"},
        is_ready=False, missing=[{"field": "supplier_iban", "text": f"{word} has no IBAN."}],
    )  # fmt: skip
    sent = deliveries.send(connection, word.encode(), name=f"{word}.xml", subject=f"{word} document")
    sent.outbound.log.create(outcome="delivered", text=f"{word} took it", excerpt=word)
    sent.receipts.create(kind="mdn", text=f"{word} has it", content=word.encode(), sha256="1" * 64, file_sha256="")
    document = Document.objects.filter(account=account).order_by("pk")[0]
    row = Transaction(
        activation=activation, account=account, document=document, version="1", state="delivered", number=f"{word}-1",
        receiver=f"{word} buyer", format="bis3", connection=connection, delivery=sent, name=f"{word}.xml",
        sha256=sent.sha256, size=sent.size, said=f"{word} has it",
        problems=[{"text": f"{word} is wrong", "field": "", "line": "", "rule": "BR-1", "holds": False}],
    )  # fmt: skip
    row.content.save(word, ContentFile(word.encode()), save=True)
    row.log.create(text=f"{word} was resent")
    for number, found in enumerate((row, None)):
        Answer.objects.create(
            transaction=found, kind="application_response", verdict="accepted", text=f"{word} accepts",
            reasons=[{"code": "1", "text": word}], references=[{"kind": "document", "value": f"{word}-1"}],
            sender=word, content=word.encode(), sha256=f"{word}{number}", name=f"{word}.xml", place=account.pk,
        )  # fmt: skip
