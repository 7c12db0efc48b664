"""The command that installs rules, and what the system checks say of them."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command, load_command_class

from adaptors.domain.checks import check_packages, tell_rules
from adaptors.domain.documents import checking
from adaptors.validation.proving import sample
from tests.adaptors.validation import rules


def run(*arguments: Any, **options: Any) -> list[str]:
    output = io.StringIO()
    call_command("install_rules", *arguments, stdout=output, **options)
    return output.getvalue().splitlines()


def test_rules_are_installed_listed_and_changed(release: Callable[..., Path]) -> None:
    assert run("--list") == ["peppol\tnot installed", "oioubl\tnot installed"]
    assert run(str(release(rules.peppol()))) == [
        "Peppol BIS Billing 3 3.0.21 is installed.", "It is used from the next document on.",
    ]  # fmt: skip
    assert run(str(release(rules.peppol("3.0.20")))) == [
        "Peppol BIS Billing 3 3.0.20 is installed.",
        "3.0.21 is newer and stays in use; --use goes over to 3.0.20.",
    ]
    assert run(str(release(rules.peppol("3.0.20"))), "--use") == [
        "Peppol BIS Billing 3 3.0.20 was installed already.", "It is used from the next document on.",
    ]  # fmt: skip
    assert run("--kind", "peppol", "--use", "3.0.21") == [
        "Peppol BIS Billing 3 3.0.21 is used from the next document on."
    ]
    assert run("--list") == ["peppol\t3.0.20", "peppol\t3.0.21\tin use", "oioubl\tnot installed"]


def test_the_version_may_be_given_on_the_command_line(release: Callable[..., Path]) -> None:
    parser = load_command_class("adaptors", "install_rules").create_parser("manage.py", "install_rules")

    assert parser.parse_args(["x.zip", "--version", "2026.11"]).version == "2026.11"


@pytest.mark.parametrize("arguments", [[], ["--use", "1.0"], ["--kind", "peppol"]])
def test_too_little_is_told(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="Give a release to install, or --kind and --use VERSION, or --list"):
        run(*arguments)


def test_a_wrong_release_ends_with_a_sentence(release: Callable[..., Path]) -> None:
    with pytest.raises(CommandError, match="is neither a ZIP archive nor a folder"):
        run(str(release(b"x")))


def test_the_process_has_one_validator_with_the_rules_of_the_settings(release: Callable[..., Path]) -> None:
    text = sample("peppol", "Invoice").replace("<cbc:BuyerReference>Indkøb</cbc:BuyerReference>", "")
    validator = checking.validator()

    run(str(release(rules.peppol())))

    assert checking.validator() is validator
    assert [one.rule for one in checking.check(text.encode(), ["ubl", "peppol"])] == ["PEPPOL-EN16931-R003"]
    assert checking.active_rules()[1:] == [
        ("peppol", "Peppol BIS Billing 3", "3.0.21"), ("oioubl", "OIOUBL 2.1", "not installed"),
    ]  # fmt: skip


def test_the_checks_tell_which_rules_are_active(release: Callable[..., Path]) -> None:
    run(str(release(rules.peppol())))

    active, lacking = tell_rules(None)

    assert check_packages(None) == []
    assert active.id == "adaptors.I001"
    assert active.msg.startswith("Documents are checked by EN 16931 1.3.")
    assert active.msg.endswith(", Peppol BIS Billing 3 3.0.21.")
    assert (lacking.id, lacking.msg) == (
        "adaptors.I002", "The rules of OIOUBL 2.1 are not installed; documents are not checked by them.",
    )  # fmt: skip


def test_the_checks_tell_a_damaged_state(folder: Path) -> None:
    (folder / "peppol").mkdir(parents=True)
    (folder / "peppol" / "active").write_text("../x")

    assert [one.id for one in check_packages(None)] == ["adaptors.E001"]
    assert tell_rules(None) == []


def test_the_checks_tell_missing_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "saxonche", None)

    (warning,) = check_packages(None)

    assert (warning.id, warning.msg) == (
        "adaptors.W001", "Documents cannot be checked before they go out: saxonche missing.",
    )  # fmt: skip
    assert tell_rules(None) == []
