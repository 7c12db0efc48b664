"""Company: the tenant's own page, with the seller party that stands on its documents."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectWidget

from arhub.admin.base import HubAdmin, HubInline
from arhub.domain import identifiers
from arhub.domain.edits import COMPANY, Edit, between, note
from arhub.models import BankAccount, Role, Tenant

BANK_PARTS = {
    "iban": ("bank", "IBAN"), "bic": ("bank", "BIC"), "registration_number": ("bank", "Bank registration number"),
    "account_number": ("bank", "Bank account number"),
}  # fmt: skip


class CompanyForm(forms.ModelForm):
    time_zone = forms.ChoiceField(
        choices=[(name, name) for name in sorted(available_timezones())],
        widget=UnfoldAdminSelectWidget,
        help_text="Decides what day it is, for ageing.",
    )

    class Meta:
        labels = {
            "vat_number": "VAT number",
            "email": "E-mail",
            "address_line1": "Address",
            "address_line2": "Address, line 2",
        }

    def clean_currency(self) -> str:
        return _code(self.cleaned_data["currency"], 3, "a currency of three letters, such as EUR")

    def clean_country(self) -> str:
        given = self.cleaned_data["country"]
        return _code(given, 2, "a country of two letters, such as DK") if given else ""

    def clean_gln(self) -> str:
        if identifiers.gln(self.cleaned_data["gln"]) is False:
            raise forms.ValidationError("Not a GLN: it has 13 digits, and the last one checks the others.")
        return self.cleaned_data["gln"]

    def clean_vat_number(self) -> str:
        if identifiers.vat_number(self.cleaned_data["vat_number"]) is False:
            raise forms.ValidationError("Not a VAT number of that country: its check digits do not agree.")
        return self.cleaned_data["vat_number"]


class BankAccountForm(forms.ModelForm):
    def clean_iban(self) -> str:
        given = self.cleaned_data["iban"].replace(" ", "").upper()
        if identifiers.iban_number(given) is False:
            raise forms.ValidationError("Not an IBAN: its check digits do not agree.")
        return given


class BankAccountInline(HubInline):
    model = BankAccount
    form = BankAccountForm
    fk_name = "tenant"
    view_role = add_role = change_role = delete_role = Role.ADMINISTRATOR
    tab = False
    show_change_link = False
    verbose_name_plural = "Bank accounts customers pay to"
    fields = ("name", "iban", "bic", "registration_number", "account_number", "currency", "is_default")


@admin.register(Tenant)
class CompanyAdmin(HubAdmin):
    """One page and no list: a tenant sees itself alone."""

    view_role = change_role = Role.ADMINISTRATOR
    form = CompanyForm
    inlines = (BankAccountInline,)
    readonly_fields = ("slug",)
    page_title = "Company"
    fieldsets = (
        (None, {"fields": (("name", "slug"), ("currency", "time_zone"))}),
        (
            "Seller on your documents",
            {
                "fields": (
                    "legal_name",
                    ("registration_number", "vat_number"),
                    ("gln", "email"),
                    ("address_line1", "address_line2"),
                    ("postal_code", "city"),
                    ("region", "country"),
                    "phone",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        return super().get_queryset(request).filter(pk=request.tenant.pk)  # type: ignore[attr-defined]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:arhub_tenant_change", args=[request.tenant.pk]))  # type: ignore[attr-defined]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Who says where customers pay to is kept with it."""
        super().save_formset(request, form, formset, change)
        if formset.model is BankAccount:
            note([edit for one in formset.forms for edit in bank_edits(one)])

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:  # fmt: skip
        context = {"page_title": self.page_title, "show_back_button": False, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)


def bank_edits(form: Any) -> list[Edit]:
    """What a row put there; one that becomes the usual account puts all it says there."""
    if not form.has_changed():
        return []
    is_gone, is_chosen = form.cleaned_data.get("DELETE"), "is_default" in form.changed_data
    before = {} if is_chosen and not is_gone else form.initial
    after = {} if is_gone else form.cleaned_data
    return between(BANK_PARTS, COMPANY, before, after)


def _code(given: str, length: int, expected: str) -> str:
    code = given.strip().upper()
    if len(code) != length or not code.isascii() or not code.isalpha():
        raise forms.ValidationError(f"Expected {expected}.")
    return code
