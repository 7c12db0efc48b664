"""Foreign clients against the simulator: nothing but where they call is changed."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sageintacctsdk import SageIntacctSDK
from sageintacctsdk.apis.api_base import ApiBase
from sageintacctsdk.exceptions import InvalidTokenError, WrongParamsError

from tests.connectors.simulators.intacct.client import Client

DAY = {"year": "2026", "month": "01", "day": "05"}
SignIn = Callable[[str], SageIntacctSDK]


@pytest.fixture
def sign_in(client: Client, monkeypatch: pytest.MonkeyPatch) -> SignIn:
    """Makes a client of the Python package. Its address is fixed; it signs in as it is made."""
    original = ApiBase.__init__

    def to_the_simulator(self: Any, *args: Any, **more: Any) -> None:
        original(self, *args, **more)
        self._ApiBase__api_url = client.url

    monkeypatch.setattr(ApiBase, "__init__", to_the_simulator)
    return lambda password: SageIntacctSDK("sender-1", "sender-secret", "xml_gateway", "COMPANY1", password)


def test_python_sdk_writes_and_reads_back(sign_in: SignIn) -> None:
    sdk = sign_in("user-secret")

    sdk.customers.post({"CUSTOMERID": "P1", "NAME": "Perth Pty", "DISPLAYCONTACT": {"PRINTAS": "Perth Pty"}})
    sdk.customers.update({"CUSTOMERID": "P1", "COMMENTS": "By the SDK"})
    lines = [{"glaccountno": "4000", "amount": "100.5"}, {"glaccountno": "4010", "amount": "20"}]
    key = sdk.ar_invoices.post({
        "customerid": "P1", "datecreated": DAY, "termname": "N30", "invoiceno": "P-1",
        "invoiceitems": {"lineitem": lines},
    })["key"]  # fmt: skip
    credit = sdk.api_base.format_and_send_request({
        "create_aradjustment": {
            "customerid": "P1", "datecreated": DAY, "adjustmentno": "PC-1",
            "aradjustmentitems": {"lineitem": {"glaccountno": "4000", "amount": "-30"}},
        }
    })["key"]  # fmt: skip
    detail = {"RECORDKEY": key, "TRX_PAYMENTAMOUNT": "50", "ADJUSTMENTKEY": credit, "TRX_ADJUSTMENTAMOUNT": "30"}
    sdk.ar_payments.post({
        "FINANCIALENTITY": "BOFA1435", "PAYMENTMETHOD": "EFT", "CUSTOMERID": "P1", "RECEIPTDATE": "01/08/2026",
        "ARPYMTDETAILS": {"ARPYMTDETAIL": detail},
    })  # fmt: skip

    (invoice,) = sdk.ar_invoices.get_all()
    assert [invoice[name] for name in ("RECORDNO", "RECORDID", "STATE", "TOTALDUE")] == [
        key, "P-1", "Partially Paid", "40.50",
    ]  # fmt: skip
    assert [line["TOTALPAID"] for line in sdk.ar_invoice_items.get_all(field="RECORDKEY", value=key)] == [
        "80.00",
        "0.00",
    ]
    assert [each["TOTALENTERED"] for each in sdk.ar_payments.get_all()] == ["50.00"]
    assert sdk.customers.get("CUSTOMERID", "P1", ["NAME", "COMMENTS"])["customer"] == {
        "NAME": "Perth Pty", "COMMENTS": "By the SDK",
    }  # fmt: skip
    assert (sdk.customers.count(), sdk.contacts.count(None)) == (1, 1)
    fields = sdk.customers.get_lookup()["Type"]["Fields"]["Field"]
    assert "CUSTOMERID" in {field["ID"] for field in fields}


def test_python_sdk_reads_every_page(client: Client, sign_in: SignIn) -> None:
    client.configure(seed_invoices=2100)
    sdk = sign_in("user-secret")

    assert [len(page) for page in sdk.ar_invoices.get_all_generator(fields=["RECORDNO"])] == [2000, 100]


def test_python_sdk_raises_its_errors_in_the_gateways_words(client: Client, sign_in: SignIn) -> None:
    sdk, nordic = sign_in("user-secret"), {"CUSTOMERID": "C1", "NAME": "N", "DISPLAYCONTACT": {"PRINTAS": "N"}}
    client.customer("C1")

    with pytest.raises(WrongParamsError, match="Error during create") as taken:
        sdk.customers.post(nordic)
    with pytest.raises(WrongParamsError, match="Some of the parameters are wrong") as order:
        sdk.ar_invoices.post({"customerid": "C1", "termname": "N30", "datecreated": DAY})
    with pytest.raises(InvalidTokenError, match="Incorrect credentials"):
        sign_in("wrong")

    first = taken.value.response["error"][0]
    assert first["description2"].startswith("Another Customer with the given value(s) C1  already exists [Support ID: ")
    assert "~" in first["description2"]  # the SDK decodes it
    assert "Element 'termname': This element is not expected." in order.value.response["error"][0]["description2"]


def test_javascript_sdk_writes_reads_back_and_raises(client: Client, javascript_sdk: Path, tmp_path: Path) -> None:
    script = tmp_path / "drive.js"
    shutil.copy(Path(__file__).with_name("drive.js"), script)
    (tmp_path / "node_modules").symlink_to(javascript_sdk / "node_modules")

    done = subprocess.run(["node", str(script), client.url], cwd=tmp_path, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")
    seen = json.loads(done.stdout)
    assert (seen["endpoint"], seen["customer"]) == (client.url, [{"RECORDNO": "1", "CUSTOMERID": "J1"}])
    assert seen["invoices"] == [{"RECORDID": "J-1", "STATE": "Partially Paid", "TRX_TOTALDUE": "40.50"}]
    assert seen["counted"] == ["arinvoice", 1, 0]
    assert seen["customers"] == [
        {"NAME": "Jórvík Ltd", "TERMNAME": "N30", "COMMENTS": "By the SDK", "DISPLAYCONTACT.PRINTAS": "Jórvík Ltd"},
    ]
    assert seen["taken"]["errors"][0].startswith(
        "BL34000061 Another Customer with the given value(s) J1  already exists"
    )
    assert "Expected is ( lineitem )" in seen["empty"]["message"]
    assert seen["stranger"]["message"].startswith("Response authentication status failure - XMLGW_JPP0002 Sign-in")
    assert [each["object"] for each in client.state()["documents"]] == ["ARINVOICE", "ARADJUSTMENT", "ARPYMT", "ARPYMT"]
