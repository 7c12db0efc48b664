"""Installing rules: right releases, wrong ones, hostile ones."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from adaptors.validation.installed import Installed, order
from adaptors.validation.installing import CannotInstall, activate, install
from adaptors.validation.rulesets import INSTALLABLE
from tests.adaptors.validation import rules
from tests.adaptors.validation.rules import archive

Keep = Callable[..., Path]
PEPPOL, OIOUBL = INSTALLABLE["peppol"], INSTALLABLE["oioubl"]
NAME = "PEPPOL-EN16931-UBL.xslt"
REFUSED = "PEPPOL-EN16931-UBL does not check Invoice documents as it should. "


def standing(folder: Path) -> list[str]:
    return sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())


def test_a_release_is_installed_and_used(folder: Path, release: Keep) -> None:
    outcome = install(release(rules.peppol()), folder)

    assert (outcome.rule_set, outcome.version, outcome.is_new, outcome.active) == (PEPPOL, "3.0.21", True, "3.0.21")
    assert standing(folder) == [f"peppol/3.0.21/{NAME}", "peppol/active"]
    assert (folder / "peppol" / "3.0.21").stat().st_mode & 0o777 == 0o700
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_is_taken_as_an_archive_is(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "OIOUBL 1.17.2"
    place.mkdir()
    for name in rules.OIOUBL_FILES:
        (place / name).write_text(rules.OIOUBL)

    assert install(place, folder).version == "1.17.2"
    assert standing(folder) == [
        "oioubl/1.17.2/OIOUBL_CreditNote_Schematron.xslt", "oioubl/1.17.2/OIOUBL_Invoice_Schematron.xslt",
        "oioubl/active",
    ]  # fmt: skip


def test_the_newest_is_used_whatever_the_order(folder: Path, release: Keep) -> None:
    made = [install(release(rules.peppol(version)), folder).active for version in ("3.0.9", "3.0.21", "3.0.20")]

    assert made == ["3.0.9", "3.0.21", "3.0.21"]
    assert Installed(folder).versions(PEPPOL) == ["3.0.9", "3.0.20", "3.0.21"]


def test_an_older_one_is_used_on_demand(folder: Path, release: Keep) -> None:
    install(release(rules.peppol("3.0.21")), folder)

    assert install(release(rules.peppol("3.0.20")), folder, use=True).active == "3.0.20"
    activate(folder, PEPPOL, "3.0.21")
    assert Installed(folder).active(PEPPOL) == "3.0.21"
    with pytest.raises(CannotInstall, match=r"3\.0\.22 is not installed. Installed: 3\.0\.20, 3\.0\.21\."):
        activate(folder, PEPPOL, "3.0.22")


def test_installing_again_changes_nothing(folder: Path, release: Keep) -> None:
    install(release(rules.peppol()), folder)

    assert install(release(rules.peppol()), folder).is_new is False
    with pytest.raises(CannotInstall, match=r"3\.0\.21 is installed already, and these are others"):
        install(release(rules.peppol(sheet=rules.PEPPOL_WITH_WARNING)), folder)
    assert (folder / "peppol" / "3.0.21" / NAME).read_text() == rules.PEPPOL
    assert standing(folder) == [f"peppol/3.0.21/{NAME}", "peppol/active"]


@pytest.mark.parametrize(
    ("path", "head", "name", "version"),
    [
        (NAME, "<!--Schematron version 3.0.7 - Last update: 2026-->", "rules.zip", "3.0.7"),
        (f"peppol-bis-invoice-3-3.0.19/xslt/{NAME}", "", "rules.zip", "3.0.19"),
        (f"openpeppol/2026.5/xslt/{NAME}", "", "phive-9.1.0.zip", "2026.5"),
        (f"xslt-2.0/UBL-2.1/{NAME}", "", "peppol_v3.0.20.zip", "3.0.20"),
        (f"1.0.0-rc/{NAME}", "", "rules.zip", "1.0.0-rc"),
    ],
)
def test_the_version_is_found(folder: Path, release: Keep, path: str, head: str, name: str, version: str) -> None:
    assert install(release(archive({path: head + rules.PEPPOL}), name), folder).version == version


def test_a_version_that_is_not_told_is_asked_for(folder: Path, release: Keep) -> None:
    nameless = release(archive({NAME: rules.PEPPOL}))

    with pytest.raises(CannotInstall, match=r"does not say its version, nor do its folders\. Give it with --version"):
        install(nameless, folder)
    assert install(nameless, folder, version="3.0.21").version == "3.0.21"
    with pytest.raises(CannotInstall, match=r"“\.\./\.\./etc” is no version"):
        install(nameless, folder, version="../../etc")


def test_versions_are_ordered_as_people_do() -> None:
    versions = ["3.0.21", "1.17.0", "3.0.9", "1.17.0-rc", "2026.5"]

    assert sorted(versions, key=order) == ["1.17.0-rc", "1.17.0", "3.0.9", "3.0.21", "2026.5"]


@pytest.mark.parametrize(
    ("sheet", "why"),
    [
        (rules.SHEET % ("", ""), "It finds nothing wrong in an example with no buyer reference."),
        (rules.SHEET % ("", rules.NO_REFERENCE),
         "It finds nothing wrong in an example with a line that is not quantity times price."),
        (rules.SHEET % ("", rules.NO_REFERENCE + rules.OFF_PRICE + rules.NO_NOTE),
         "It finds fault with the hub's own example, in which there is none: X-01 A note MUST be provided.."),
        (rules.PEPPOL.replace("</xsl:template>", ""), "no well-formed XML"),
        (rules.PEPPOL.replace("xsl:if", "xsl:nonsense"), "it cannot be compiled"),
        (rules.PEPPOL.replace("schematron-output", "other"), "it wrote no report"),
        ("<html/>", "it cannot be compiled"),
        ("<!DOCTYPE a>" + rules.PEPPOL, "document type"),
    ],
)  # fmt: skip
def test_rules_that_prove_nothing_are_refused(folder: Path, release: Keep, sheet: str, why: str) -> None:
    with pytest.raises(CannotInstall) as refused:
        install(release(rules.peppol(sheet=sheet)), folder)

    assert str(refused.value).startswith(REFUSED)
    assert why in str(refused.value)
    assert standing(folder) == []
    assert list((folder / "peppol").iterdir()) == []


@pytest.mark.parametrize(
    "reach",
    [
        "<xsl:value-of select=\"doc('file://{path}')\"/>",
        "<xsl:value-of select=\"document('file://{path}')\"/>",
        "<xsl:value-of select=\"unparsed-text('file://{path}')\"/>",
        "<xsl:value-of select=\"collection('file://{folder}?select=*.xml')\"/>",
        "<xsl:value-of select=\"doc('http://127.0.0.1:9/')\"/>",
        '<xsl:result-document href="file://{folder}/out.xml"><a/></xsl:result-document>',
        '<xsl:value-of xmlns:java="java:java.lang.System" select="java:getProperty(\'user.dir\')"/>',
    ],
)
def test_rules_reach_nothing_but_the_document(folder: Path, release: Keep, tmp_path: Path, reach: str) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text("<a>secret</a>")
    sheet = rules.SHEET % ("", rules.NO_REFERENCE + rules.OFF_PRICE + reach.format(path=secret, folder=tmp_path))

    with pytest.raises(CannotInstall) as refused:
        install(release(rules.peppol(sheet=sheet)), folder)

    assert str(refused.value).startswith(REFUSED)
    assert not (tmp_path / "out.xml").exists()


@pytest.mark.parametrize("element", ["include", "import"])
def test_rules_bring_in_no_other_stylesheet(folder: Path, release: Keep, tmp_path: Path, element: str) -> None:
    (tmp_path / "other.xslt").write_text(rules.SHEET % ("", ""))
    top = f'<xsl:{element} href="file://{tmp_path}/other.xslt"/>'

    with pytest.raises(CannotInstall, match="it cannot be compiled"):
        install(release(rules.peppol(sheet=rules.PEPPOL.replace("<xsl:template", top + "<xsl:template"))), folder)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "holds no rules that are known"),
        ({"README.md": "Nothing"}, "found was no stylesheet"),
        ({"CEN-EN16931-UBL.xslt": rules.PEPPOL}, "found was CEN-EN16931-UBL.xslt"),
        ({"rules/sch/PEPPOL-EN16931-UBL.sch": "<schema/>"},
         "holds the rules as Schematron source (rules/sch/PEPPOL-EN16931-UBL.sch), which cannot be compiled here. "
         "Expected is the compiled PEPPOL-EN16931-UBL.xslt"),
        ({"1.17.2/OIOUBL_Invoice_Schematron.xsl": rules.OIOUBL}, "found was 1.17.2/OIOUBL_Invoice_Schematron.xsl"),
        ({f"3.0.20/{NAME}": rules.PEPPOL, f"3.0.21/{NAME}": rules.PEPPOL},
         "holds more than one set of rules: Peppol BIS Billing 3 in 3.0.20, Peppol BIS Billing 3 in 3.0.21"),
        ({f"3.0.20/{NAME}": b"<a>" + bytes(30 << 20)}, "is larger than 20 MB; no rules are."),
        ({f"3.0.20/{NAME}": rules.PEPPOL, "big": bytes(60 << 20)}, "far more than its size"),
    ],
    ids=["empty", "other", "another set", "source", "half a set", "two", "large", "bomb"],
)  # fmt: skip
def test_a_wrong_release_is_told(folder: Path, release: Keep, files: Mapping[str, str | bytes], why: str) -> None:
    with pytest.raises(CannotInstall) as refused:
        install(release(archive(files)), folder)

    assert why in str(refused.value)
    assert not folder.exists()


def test_names_in_an_archive_are_never_written_to(folder: Path, release: Keep, tmp_path: Path) -> None:
    install(
        release(archive({f"../../../3.0.21/../{NAME}": rules.PEPPOL, "/etc/evil.xslt": "x"})), folder, version="1.0"
    )

    assert standing(tmp_path) == ["release.zip", f"rules/peppol/1.0/{NAME}", "rules/peppol/active"]


def test_an_archive_that_is_none_or_damaged_is_told(folder: Path, release: Keep, tmp_path: Path) -> None:
    whole = rules.peppol()
    damaged = bytearray(whole)
    damaged[100:140] = bytes(40)

    wrong = {b"not an archive": "neither a ZIP", whole[:200]: "damaged", bytes(damaged): "damaged"}
    for content, why in {**wrong, zlib.compress(whole): "neither a ZIP"}.items():
        with pytest.raises(CannotInstall, match=why):
            install(release(content), folder)
    with pytest.raises(CannotInstall, match="cannot be read"):
        install(tmp_path / "nowhere.zip", folder)


def test_a_place_that_cannot_be_written_to_is_told(release: Keep, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotInstall, match=r"Peppol BIS Billing 3 3\.0\.21 could not be put into .*/file/rules: "):
        install(release(rules.peppol()), tmp_path / "file" / "rules")


def test_links_in_a_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "3.0.21"
    place.mkdir()
    (tmp_path / NAME).write_text(rules.PEPPOL)
    (place / NAME).symlink_to(tmp_path / NAME)

    with pytest.raises(CannotInstall, match="found was no stylesheet"):
        install(place, folder)


def test_both_sets_in_one_archive_need_their_name(folder: Path, release: Keep) -> None:
    oioubl = {f"1.17.2/{name}": rules.OIOUBL for name in rules.OIOUBL_FILES}
    both = release(archive({f"3.0.21/{NAME}": rules.PEPPOL, **oioubl}))

    with pytest.raises(
        CannotInstall, match=r"OIOUBL 2\.1 in 1\.17\.2, Peppol BIS Billing 3 in 3\.0\.21\. Name the one"
    ):
        install(both, folder)
    assert install(both, folder, kind="oioubl").version == "1.17.2"
    assert Installed(folder).active(OIOUBL) == "1.17.2"
