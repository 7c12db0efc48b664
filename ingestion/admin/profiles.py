"""Mapping profiles: how files of a layout are read, as people decided it, version by version."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from arhub.admin.base import HubAdmin
from arhub.models import Role
from arhub.records import RECORD_TYPES
from ingestion.domain.recipe import Recipe
from ingestion.models import IngestionFile, MappingProfile

_READINGS: dict[str, dict[Any, str]] = {
    "day_first": {True: "day first", False: "month first"},
    "decimal_sign": {",": "decimal comma", ".": "decimal point"},
}


class ProfileForm(forms.ModelForm):
    class Meta:
        model = MappingProfile
        fields = ("name",)

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        same = versions(self.instance, name)
        if name != self.initial["name"] and same.exists():
            raise forms.ValidationError(f"Another profile of {self.instance.source} is called “{name}”.")
        return name


def versions(profile: MappingProfile, name: str) -> QuerySet[MappingProfile]:
    """Every version under a name, the newest first."""
    return MappingProfile.objects.filter(source=profile.source_id, record_type=profile.record_type, name=name).order_by(
        "-version"
    )


@admin.register(MappingProfile)
class MappingProfileAdmin(HubAdmin):
    """One row per profile: its newest version. Renaming and deleting mean all of them."""

    change_role = delete_role = Role.MANAGER
    form = ProfileForm
    list_display = ("name", "source", "type", "version", "columns_mapped", "made_by", "created_at", "files_read")
    list_filter = ("source",)
    list_select_related = ("source", "created_by")
    search_fields = ("name__istartswith",)
    fields = ("name",)
    ordering = ("name", "source", "record_type")
    actions = None
    page_title = "Mapping profiles"
    empty_text = (
        "A mapping profile says how files of one layout are read. It is made when somebody maps the columns of an "
        "upload, and maps the next file of that layout by itself."
    )
    begins_with_upload = True
    change_form_after_template = "ingestion/profile.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[MappingProfile]:
        found: QuerySet[MappingProfile] = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name == "ingestion_mappingprofile_changelist":
            same = {name: OuterRef(name) for name in ("source", "record_type", "name")}
            found = found.exclude(Exists(MappingProfile.objects.filter(**same, version__gt=OuterRef("version"))))
        return found

    def prepare_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        names = {row.name for row in rows}
        counted = IngestionFile.objects.filter(profile__name__in=names).values_list(
            "profile__source", "profile__record_type", "profile__name"
        )
        files = {tuple(key): n for *key, n in counted.annotate(n=Count("id"))}
        for row in rows:
            row.files_counted = files.get((row.source_id, row.record_type, row.name), 0)

    @display(description="Type", ordering="record_type")
    def type(self, profile: MappingProfile) -> str:
        return RECORD_TYPES[profile.record_type].plural

    @display(description="Columns mapped")
    def columns_mapped(self, profile: MappingProfile) -> str:
        recipe = Recipe.stored(profile.recipe)
        return f"{len(recipe.headers() - set(recipe.ignored))} of {len(profile.fingerprint.get('header', []))}"

    @display(description="Made by")
    def made_by(self, profile: MappingProfile) -> str:
        return str(profile.created_by or "–")

    @display(description="Files read with it")
    def files_read(self, profile: MappingProfile) -> int:
        return int(getattr(profile, "files_counted", 0))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        profile = self.get_object(request, object_id)
        shown = [_version(item) for item in versions(profile, profile.name)] if profile else []
        return super().change_view(request, object_id, form_url, {"versions": shown, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: MappingProfile, form: Any, change: bool) -> None:
        versions(obj, form.initial["name"]).update(name=obj.name)

    def delete_model(self, request: HttpRequest, obj: MappingProfile) -> None:
        versions(obj, obj.name).delete()


def _version(profile: MappingProfile) -> dict[str, Any]:
    """A version in words: its parts as (title, [(what, from what)]), empty ones left out."""
    recipe = Recipe.stored(profile.recipe)
    meant = [(name, text, to or "empty") for name, table in recipe.values.items() for text, to in table.items()]
    parts = [
        (
            "Columns",
            [(recipe.columns[header], header) for header in profile.fingerprint["header"] if header in recipe.columns],
        ),
        ("Fixed values", list(recipe.constants.items())),
        ("Joined", [(name, " + ".join(headers)) for name, headers in recipe.joins.items()]),
        ("Split", [(" and ".join(names), header) for header, names in recipe.splits.items()]),
        ("Read as", [(name, _told(reading)) for name, reading in recipe.readings.items()]),
        ("Words", [(name, f"“{text}” → {to}") for name, text, to in meant]),
        ("Opened with", [(name.replace("_", " "), str(value)) for name, value in profile.options.items()]),
        ("Left out", [("", header) for header in recipe.ignored]),
    ]
    return {"profile": profile, "parts": [(title, rows) for title, rows in parts if rows]}


def _told(reading: Any) -> str:
    return ", ".join(words[value] for name, words in _READINGS.items() if (value := getattr(reading, name)) is not None)
