"""What is refused before any function runs, and what replies look like."""

from __future__ import annotations

import requests

from tests.connectors.simulators.intacct.client import Client, customer, invoice, query


def test_reply_echoes_what_was_sent_under_a_header_without_charset(client: Client) -> None:
    reply = client.send(query("CUSTOMER"), ids=["look-1"])

    assert (reply.status, reply.headers["Content-Type"]) == (200, 'text/xml; encoding="UTF-8"')
    assert {each.tag: each.text for each in reply.root.find("control")} == {
        "status": "success", "senderid": "sender-1", "controlid": "request-1", "uniqueid": "false", "dtdversion": "3.0",
    }  # fmt: skip
    authentication = reply.root.find("operation/authentication")
    assert [each.tag for each in authentication] == [
        "status", "userid", "companyid", "locationid", "sessiontimestamp", "sessiontimeout",
    ]  # fmt: skip
    assert [each.text for each in reply.results[0].element[:3]] == ["success", "query", "look-1"]


def test_reply_is_indented_unless_told(client: Client) -> None:
    bare = "<includewhitespace>false</includewhitespace>"

    indented, dense = client.send(query("CUSTOMER")), client.send(query("CUSTOMER"), control=bare)

    assert (indented.body.count(b"\n") > 20, dense.body.count(b"\n")) == (True, 1)


def test_wrong_sender_is_a_control_failure(client: Client) -> None:
    reply = client.send(query("CUSTOMER"), sender_password="wrong")

    assert (reply.status, reply.control, reply.root.find("operation")) == (200, "failure", None)
    assert reply.errors == [("XL03000006", "Incorrect Intacct XML Partner ID or password.")]


def test_empty_sender_and_unknown_policy_are_control_failures(client: Client) -> None:
    empty = client.send(query("CUSTOMER"), sender="")
    policy = client.send(query("CUSTOMER"), control="<policyid>async</policyid>")

    assert [empty.errors[0][0], policy.errors[0]] == [
        "PL04000055", ("XL03000006", "'async' is not a valid transport policy."),
    ]  # fmt: skip


def test_wrong_login_has_no_result(client: Client) -> None:
    reply = client.send(query("CUSTOMER"), password="wrong")

    assert (reply.status, reply.control, reply.authentication, reply.results) == (401, "success", "failure", [])
    assert reply.errors == [("XMLGW_JPP0002", "Sign-in information is incorrect")]


def test_wrong_login_as_it_used_to_be_answered(client: Client) -> None:
    client.configure(old_sign_in_errors=True)

    reply = client.send(query("CUSTOMER"), company="OTHER")

    assert (reply.status, reply.authentication, reply.errors[0][0]) == (200, "failure", "XL03000006")


def test_elements_in_the_wrong_order_are_refused_in_the_words_of_libxml2(client: Client) -> None:
    swapped = client.request(query("CUSTOMER")).replace(
        "<companyid>COMPANY1</companyid><password>user-secret</password>",
        "<password>user-secret</password><companyid>COMPANY1</companyid>",
    )

    reply = client.post(swapped)

    assert (reply.control, reply.errors) == ("failure", [(
        "XL03000003",
        "XML Parse schema error: Error 1871: Element 'password': This element is not expected. "
        "Expected is ( companyid ).. Line: 1, column: 0.",
    )])  # fmt: skip


def test_text_among_elements_is_refused(client: Client) -> None:
    reply = client.send(invoice().replace("<invoiceitems>", "<invoiceitems>surprise"))

    assert reply.errors[0][1].startswith(
        "XML Parse schema error: Error 1843: Element 'invoiceitems': Character content"
    )


def test_unknown_function_refuses_the_whole_request(client: Client) -> None:
    reply = client.send(customer("C1"), "<create_nothing/>")

    assert (reply.control, reply.errors[0][0], client.state()["CUSTOMER"]) == ("failure", "XL03000003", 0)


def test_function_without_a_control_id_is_refused(client: Client) -> None:
    reply = client.post(client.request(query("CUSTOMER")).replace(' controlid="1-0"', ""))

    assert reply.errors[0][1].startswith(
        "XML Parse schema error: Error 1868: Element 'function': The attribute 'controlid' is required but missing."
    )


def test_broken_xml_is_refused(client: Client) -> None:
    reply = client.post(b"<request><control></request>")

    assert (reply.status, reply.control, reply.errors[0][0]) == (200, "failure", "XL03000003")
    assert reply.errors[0][1].startswith("XML Parse schema error: Fatal Error 76: Opening and ending tag mismatch")


def test_entities_are_never_read(client: Client) -> None:
    declared = '<!DOCTYPE request [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
    body = declared + client.request(customer("C1", NAME="&secret;"))

    reply = client.post(body)

    assert (reply.control, reply.errors[0][0], client.state()["CUSTOMER"]) == ("failure", "XL03000003", 0)
    assert b"root:" not in reply.body


def test_other_methods_and_paths_are_refused(client: Client) -> None:
    looked = requests.get(client.url, timeout=5)
    elsewhere = requests.post(client.running.url + "/elsewhere", b"<request/>", timeout=5)

    assert (looked.status_code, elsewhere.status_code) == (400, 404)
    assert b"<errorno>GW-0011</errorno>" in looked.content


def test_every_error_has_a_description2_and_more_on_request(client: Client) -> None:
    function = customer("C1", contact="")

    plain = client.send(function).root.findall(".//error")
    more = client.send(function, control="<showadditionalerrorinfo>true</showadditionalerrorinfo>").root.findall(
        ".//error"
    )

    assert [bool(each.findtext("description2")) for each in plain] == [True, True]
    assert [each.tag for each in plain[0]] == ["errorno", "description", "description2", "correction"]
    assert [each.find("additionalinfo/errorid").text for each in more] == ["BL01001973", "BL01001973"]
