"""Companies and contacts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Case, CharField, Value, When

from arhub.models import Account, Contact
from arhub.records.parties import ACCOUNT, CONTACT, SAGE_COMPANY_TYPES
from ingestion.sage_network.ids import Kind, uuid_of
from ingestion.sage_network.read.properties import Context, Property, constant, derived, reference
from ingestion.sage_network.read.resources import Resource
from ingestion.sage_network.read.shared import RECORD, own_id
from ingestion.sage_network.searchlight import Column, Holds

MOST_PARENTS = 50

_TYPE = Case(
    *(When(kind=kind, then=Value(name)) for kind, name in SAGE_COMPANY_TYPES.items()),
    default=Value("Customer"),
    output_field=CharField(),
)

_ENTERPRISES = """
    with recursive above (id, top, depth) as (
        select id, id, 0 from arhub_account where tenant_id = %(tenant)s and id = any(%(ids)s)
        union all
        select a.id, p.parent_id, a.depth + 1 from above a
        join arhub_account p on p.tenant_id = %(tenant)s and p.id = a.top
        where p.parent_id is not null and a.depth < %(most)s
    )
    select distinct on (id) id, top, depth from above order by id, depth desc
"""


def _find_enterprises(accounts: Sequence[Any], context: Context) -> None:
    """Set the company at the top on each. Companies that are each other's parents have none: each is its own."""
    with connection.cursor() as cursor:
        ids = [account.pk for account in accounts]
        cursor.execute(_ENTERPRISES, {"tenant": context.tenant.pk, "ids": ids, "most": MOST_PARENTS})
        tops = {account: top for account, top, depth in cursor.fetchall() if depth < MOST_PARENTS}
    for account in accounts:
        account.enterprise_id = tops.get(account.pk, account.pk)


COMPANY = Resource(
    name="Company",
    kind=Kind.COMPANY,
    scope="accounts",
    rows=Account.objects.all,
    properties=(
        own_id("companyId", Kind.COMPANY),
        *RECORD,
        *derived(ACCOUNT, without={"companyType"}, defaults={"isActive": True}),
        Property(
            "companyType",
            lambda account, context: SAGE_COMPANY_TYPES.get(account.kind, "Customer"),
            Column("companyType", Holds.TEXT, _TYPE),
        ),
        reference("parentCompanyId", Kind.COMPANY, "parent_id"),
        Property("enterpriseId", lambda account, context: uuid_of(Kind.COMPANY, account.enterprise_id)),
        reference("primaryContactId", Kind.CONTACT, "primary_contact_id"),
        constant("timeZone"),
        constant("modifiedUserName"),
        constant("domainName"),
        constant("companyClassificationCodeDefId", Holds.UUID),
        constant("description"),
        constant("website"),
        constant("publicUrlSlug"),
        constant("stateTaxId"),
        constant("stateOfIncorporation"),
        constant("linkedInUrlSlug"),
        constant("isVerified", Holds.BOOL, False),
        constant("lastVerifiedDate", Holds.DATETIME),
        Property("viewBoxSettings", lambda account, context: None),
        constant("serviceFabricOrgId"),
        constant("serviceFabricCompanyId"),
        constant("profileReferenceId"),
    ),
    collections={
        "Attachments": ("attachments",),
        "Contacts": ("contacts",),
        "CustomFields": ("customFieldValues", "customFieldDefinitions"),
        "Invoices": ("invoices",),
        "Notes": ("notes",),
        "Classification": ("companyClassificationCodeDefinition",),
    },
    prepare=_find_enterprises,
)

CONTACTS = Resource(
    name="Contact",
    kind=Kind.CONTACT,
    scope="contacts",
    rows=Contact.objects.all,
    properties=(
        own_id("contactId", Kind.CONTACT),
        reference("companyId", Kind.COMPANY, "account_id"),
        *RECORD,
        *derived(CONTACT, defaults={"isActive": True}),
    ),
    collections={
        "Notes": ("notes",),
        "Attachments": ("attachments",),
        "CustomFields": ("customFieldValues", "customFieldDefinitions"),
    },
)
