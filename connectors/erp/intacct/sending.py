"""What is done with a message: one function after another, each in a request of its own."""

from __future__ import annotations

import hashlib

from lxml import etree

from arhub.network.errors import NetworkError, Uncertain
from connectors.base import Message, Result
from connectors.erp.intacct import lookups
from connectors.erp.intacct.answers import parse
from connectors.erp.intacct.elements import in_function
from connectors.erp.intacct.gateway import Gateway
from connectors.erp.intacct.lookups import Keys
from connectors.erp.intacct.problems import AlreadyDone, Exists, NumberTaken, Refusal
from connectors.erp.intacct.reading import Reader


def content_of(identity: str, made: list[etree._Element]) -> bytes:
    """Functions under control ids that are the same at every attempt. Those of contacts go by what they say too: a
    customer that was refused is made anew, and a contact of it that was done by then may have changed."""
    content = etree.Element("content")
    *contacts, last = made
    for one in contacts:
        said = hashlib.sha256(etree.tostring(one, encoding="UTF-8")).hexdigest()
        content.append(in_function(f"{identity}/{said[:16]}", one))
    content.append(in_function(identity, last))
    return etree.tostring(content, encoding="UTF-8")


class Sending:
    """One message on its way."""

    def __init__(self, gateway: Gateway, reader: Reader, message: Message) -> None:
        self._gateway, self._reader, self._message = gateway, reader, message
        self._functions = list(parse(message.content))
        self._subject = message.subjects[0]

    def send(self) -> Result:
        *contacts, last = self._functions
        if last[0].tag != "create":
            return self._result(self._document(last))
        record = last[0][0]
        if record.tag != "CUSTOMER":
            return self._result(self._payment(last))
        for function in contacts:
            self._put(function)
        return self._customer(self._put(last))

    def look_up(self) -> Result | None:
        """What is there of it. A customer counts when it stands there as it would be sent: it may have been there
        before."""
        function = self._functions[-1][0]
        if function.tag == "create" and function[0].tag == "CUSTOMER":
            return self._customer_there()
        keys = (lookups.payment if function.tag == "create" else lookups.document)(self._reader, function)
        return self._result(keys) if keys else None

    def _document(self, function: etree._Element) -> Keys:
        number = function[0].findtext("invoiceno" if function[0].tag == "create_invoice" else "adjustmentno")
        try:
            recordno = self._gateway.write(function).key
        except (AlreadyDone, NumberTaken) as refusal:
            return self._found(lookups.document(self._reader, function[0]), refusal)
        if not recordno:
            return self._found(lookups.document(self._reader, function[0]), Uncertain("It came back without a key."))
        if number:
            return {"recordno": recordno, "invoiceno": number}
        return self._read_back(function[0], recordno)

    def _read_back(self, function: etree._Element, recordno: str) -> Keys:
        """The number that Intacct gave. It is created by now, so that what goes wrong here leaves it to be found."""
        try:
            keys = lookups.numbered(self._reader, function, recordno)
        except NetworkError as error:
            raise Uncertain(f"It was created, and its number could not be read back: {error}") from None
        if keys is None:
            raise Uncertain("It was created, and was not found when its number was read back.")
        return keys

    def _payment(self, function: etree._Element) -> Keys:
        try:
            records = self._gateway.write(function).records
        except AlreadyDone as refusal:
            return self._found(lookups.payment(self._reader, function[0]), refusal)
        number = records[0].get("RECORDNO") if records else None
        if not number:
            return self._found(lookups.payment(self._reader, function[0]), Uncertain("It came back without a key."))
        return {"RECORDNO": number}

    def _found(self, keys: Keys | None, otherwise: NetworkError) -> Keys:
        if keys is None:
            raise otherwise
        return keys

    def _put(self, function: etree._Element) -> str:
        """Create or update a customer or contact; its RECORDNO."""
        record = function[0][0]
        is_there = lookups.key_of(self._reader, record) is not None
        try:
            return self._written(function, is_there=is_there)
        except Exists as error:
            if is_there:
                raise
            if error.what == "Contact" and record.tag == "CUSTOMER":
                return self._with_another_contact(function)
            return self._written(function, is_there=True)

    def _with_another_contact(self, function: etree._Element) -> str:
        """A contact is left over with the name that the customer's own would get, so that one is given another."""
        record = function[0][0]
        name = etree.Element("CONTACTNAME")
        name.text = f"{record.findtext('NAME')} ({lookups.id_of(record)})"
        record.find("DISPLAYCONTACT").insert(0, name)
        try:
            return self._written(function, is_there=False)
        except Exists as error:
            raise Refusal(f"{error} It is left over from another customer: delete that contact in Intacct.") from None

    def _written(self, function: etree._Element, *, is_there: bool) -> str:
        function[0].tag = "update" if is_there else "create"
        record = function[0][0]
        try:
            records = self._gateway.write(function).records
        except AlreadyDone:
            records = []
        if records and records[0].get("RECORDNO"):
            return records[0]["RECORDNO"]
        recordno = lookups.key_of(self._reader, record)
        if recordno is None:
            raise Refusal(f"Intacct took {record.tag.lower()} {lookups.id_of(record)}, and does not show it.")
        return recordno

    def _customer_there(self) -> Result | None:
        recordno = None
        for function in self._functions:
            recordno = lookups.key_if_same(self._reader, function[0][0])
            if recordno is None:
                return None
        return self._customer(recordno) if recordno else None

    def _customer(self, recordno: str) -> Result:
        customer = self._functions[-1][0][0].findtext("CUSTOMERID")
        keys = {self._subject.key: {"customerid": customer, "recordno": recordno}}
        return Result(keys, text=f"Customer {customer}, record {recordno}.")

    def _result(self, keys: Keys) -> Result:
        return Result({self._subject.key: keys}, text="Record " + ", number ".join(keys.values()) + ".")
