"""Answers in the gateway's shapes."""

from __future__ import annotations

from tests.arhub.network.servers import Behaviour, answer

CONTROL = "<control><status>{}</status><senderid>sender-1</senderid><controlid>c</controlid></control>"
AUTHENTICATION = "<authentication><status>{}</status><userid>xml_gateway</userid><companyid>COMPANY1</companyid>{}"


def errors(*given: tuple[str, str, str]) -> str:
    """Each of number, text, correction."""
    return "<errormessage>{}</errormessage>".format(
        "".join(
            f"<error><errorno>{number}</errorno><description></description><description2>{text}</description2>"
            f"<correction>{correction}</correction></error>"
            for number, text, correction in given
        )
    )


def _response(inside: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<response>{inside}</response>'.encode()


def control_failure(*given: tuple[str, str, str]) -> bytes:
    return _response(CONTROL.format("failure") + errors(*given))


def sign_in_failure(*given: tuple[str, str, str]) -> bytes:
    inside = AUTHENTICATION.format("failure", "</authentication>") + errors(*given)
    return _response(CONTROL.format("success") + f"<operation>{inside}</operation>")


def result(inside: str, status: str = "success") -> bytes:
    signed_in = AUTHENTICATION.format("success", "<locationid></locationid></authentication>")
    outcome = f"<result><status>{status}</status><function>f</function><controlid>id-1</controlid>{inside}</result>"
    return _response(CONTROL.format("success") + f"<operation>{signed_in}{outcome}</operation>")


def refusal(*given: tuple[str, str, str]) -> bytes:
    return result(errors(*given), "failure")


def session(name: str = "session-1", endpoint: str = "") -> bytes:
    return result(
        f"<data><api><sessionid>{name}</sessionid><endpoint>{endpoint}</endpoint><locationid></locationid></api></data>"
    )


def rows(tag: str, *given: dict[str, str], left: int = 0) -> bytes:
    inside = "".join(
        f"<{tag}>" + "".join(f"<{name}>{value}</{name}>" for name, value in row.items()) + f"</{tag}>" for row in given
    )
    return result(f'<data listtype="{tag}" totalcount="{len(given) + left}" numremaining="{left}">{inside}</data>')


def xml(content: bytes, status: int = 200) -> Behaviour:
    """Sent as the gateway sends it, without a charset."""
    return answer(content, status, Content_Type='text/xml; encoding="UTF-8"')
