"""Navigation is data: the menus, titles, colours and tabs of the admin site."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _for(role: str) -> Any:
    """A permission callback: the person's role includes `role`."""

    def permitted(request: HttpRequest) -> bool:
        membership = getattr(request, "membership", None)
        return membership is not None and membership.allows(role)

    return permitted


def _item(title: str, icon: str, name: str, role: str = "viewer", *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """A menu entry, marked on every page below its own; `but` are pages below it with entries of their own."""
    link = reverse_lazy(f"admin:{name}")

    def is_active(request: HttpRequest) -> bool:
        if name == "index":
            return request.path == str(link)
        other = any(request.path.startswith(str(reverse_lazy(f"admin:{page}"))) for page in but)
        return request.path.startswith(str(link)) and not other

    return {"title": title, "icon": icon, "link": link, "permission": _for(role), "active": is_active}


UNFOLD = {
    "SITE_TITLE": "AR Hub",
    "SITE_HEADER": "AR Hub",
    "SITE_SYMBOL": "hub",
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "6px",
    "DASHBOARD_CALLBACK": "arhub.admin.start.dashboard",
    "GLOBAL_CALLBACK": "arhub.admin.switch.context",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("arhub/favicon.svg")},
    ],
    "STYLES": [lambda request: static("arhub/hub.css")],
    "SCRIPTS": [lambda request: static("arhub/hub.js"), lambda request: static("arhub/dialogs.js")],
    "COMMAND": {"search_models": False, "show_history": False},
    "LOGIN": {"form": "arhub.views.forms.SignInForm"},
    "SIDEBAR": {
        "show_search": False,
        "command_search": True,
        "show_all_applications": False,
        "navigation": [
            {"items": [_item("Start", "home", "index")]},
            {
                "title": "Receivables",
                "collapsible": False,
                "separator": True,
                "items": [
                    _item("Accounts", "apartment", "arhub_account_changelist"),
                    _item("Contacts", "contacts", "arhub_contact_changelist"),
                    _item("Invoices", "receipt_long", "arhub_invoice_changelist"),
                    _item("Credit memos", "assignment_return", "arhub_creditmemo_changelist"),
                    _item("Payments", "payments", "arhub_payment_changelist"),
                    _item("Outstanding items", "pending_actions", "arhub_outstandingitem_changelist"),
                ],
            },
            {
                "title": "Integration",
                "separator": True,
                "items": [
                    _item(
                        "Ingestion",
                        "move_to_inbox",
                        "ingestion_ingestion_changelist",
                        but=("ingestion_upload", "ingestion_guide"),
                    ),
                    _item("Upload File", "upload_file", "ingestion_upload", "clerk"),
                    _item("Sources", "hub", "arhub_source_changelist"),
                    _item("Expected arrivals", "alarm", "ingestion_arrivalwatch_changelist"),
                    _item("Mapping profiles", "account_tree", "ingestion_mappingprofile_changelist"),
                    _item("File guide", "menu_book", "ingestion_guide"),
                ],
            },
            {
                "title": "Connections",
                "separator": True,
                "items": [
                    _item("Connections", "cable", "connectors_connection_changelist"),
                    _item("Inboxes", "move_to_inbox", "connectors_inbox_changelist"),
                    _item("Deliveries", "outbox", "connectors_outbounddelivery_changelist"),
                    _item("Pushes", "send", "connectors_outboundpush_changelist"),
                    _item("Participants", "contact_mail", "connectors_participant_changelist"),
                ],
            },
            {
                "title": "Adaptors",
                "separator": True,
                "items": [
                    _item("Catalogue", "storefront", "adaptors_catalogue"),
                    _item(
                        "My Adaptors",
                        "conversion_path",
                        "adaptors_activation_changelist",
                        but=("adaptors_catalogue", "adaptors_manual_export_choose"),
                    ),
                    _item("Transactions", "receipt_long", "adaptors_transaction_changelist"),
                    _item("Answers", "reply", "adaptors_answer_changelist"),
                    _item("Manual export", "outbox", "adaptors_manual_export_choose"),
                    _item("Lookup tables", "swap_horiz", "adaptors_lookuptable_changelist"),
                ],
            },
            {
                "title": "Automation",
                "separator": True,
                "items": [
                    _item("Runs", "play_circle", "arhub_run_changelist"),
                    _item("Schedules", "schedule", "arhub_schedule_changelist"),
                    _item("Incidents", "report", "arhub_incident_changelist"),
                    _item("Approvals", "verified_user", "arhub_approval_changelist"),
                ],
            },
            {
                "title": "API",
                "separator": True,
                "items": [
                    _item("API keys", "key", "arhub_apikey_changelist", "administrator"),
                    _item("Webhooks", "webhook", "arhub_webhookendpoint_changelist"),
                    _item("Webhook deliveries", "webhook", "arhub_outbound_changelist"),
                ],
            },
            {
                "title": "Settings",
                "separator": True,
                "items": [
                    _item("Company", "domain", "arhub_tenant_changelist", "administrator"),
                    _item("Users and roles", "group", "arhub_membership_changelist", "administrator"),
                    _item("Approval policy", "policy", "arhub_approvalpolicy_changelist", "administrator"),
                    _item("Groups", "groups", "arhub_team_changelist", "manager"),
                    _item("Closed days", "event_busy", "arhub_closedday_changelist", "manager"),
                ],
            },
        ],
    },
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        },
    },
}
