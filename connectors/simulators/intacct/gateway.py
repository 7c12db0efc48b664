"""The envelope: who asks, may they, and one answer to each function."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from connectors.simulators.intacct import xml
from connectors.simulators.intacct.books import Books
from connectors.simulators.intacct.call import Call, Partly
from connectors.simulators.intacct.errors import ROLLED_BACK, ControlFailure, Error, Refusal, SignInFailure, wrong
from connectors.simulators.intacct.functions import FUNCTIONS, generic_error
from connectors.simulators.intacct.sessions import Session, Sessions
from connectors.simulators.intacct.xml import Element, add, make, text


@dataclass(slots=True)
class Outcome:
    """Of one function."""

    element: Element
    control_id: str
    answer: Element | None = None
    errors: tuple[Error, ...] = ()
    status: str = "success"


@dataclass(slots=True)
class Gateway:
    books: Books
    sessions: Sessions
    completed: set[str] = field(default_factory=set)
    """The control ids of functions that were done and are to be done once."""
    refusals: list[Error] = field(default_factory=list)
    """What the next functions are answered, one after the other, whatever they ask."""
    done: Counter[str] = field(default_factory=Counter)
    """How often each function succeeded."""

    def answer(self, body: bytes, endpoint: str, concurrent: frozenset[str] = frozenset()) -> tuple[int, bytes]:
        """The HTTP status and the reply. `concurrent` are control ids that another request is at work on."""
        reply, status, indented = make("response"), 200, True
        request: Element | None = None
        try:
            request = xml.parse(body)
            indented = _flag(request, "control/includewhitespace", True)
            self._check_control(request)
            _control(reply, request, "success")
            status = self._operate(reply, request, endpoint, concurrent)
        except ControlFailure as failure:
            reply.clear()
            _control(reply, request, "failure")
            _errors(reply, failure.errors, request)
        return status, xml.write(reply, indented=indented)

    def failing(self, error: Error) -> bytes:
        """A reply without an operation, for what is refused before it is read."""
        reply = make("response")
        _control(reply, None, "failure")
        _errors(reply, (error,), None)
        return xml.write(reply, indented=True)

    def _check_control(self, request: Element) -> None:
        sender, password = text(request, "control/senderid"), text(request, "control/password")
        company = self.books.company
        if not sender:
            raise ControlFailure(Error("PL04000055", "The sender ID is missing.", "Provide a sender ID."))
        if (sender, password) != (company.sender, company.sender_password):
            raise ControlFailure(
                Error("XL03000006", "Incorrect Intacct XML Partner ID or password.", "Check the sender ID.")
            )
        if policy := text(request, "control/policyid"):
            raise ControlFailure(
                Error("XL03000006", f"'{policy}' is not a valid transport policy.", "Use a policy you have.")
            )
        for function in request.iterfind("operation/content/function"):
            if function[0].tag not in FUNCTIONS:
                raise xml.unknown(function[0])

    def _operate(self, reply: Element, request: Element, endpoint: str, concurrent: frozenset[str]) -> int:
        operation = add(reply, "operation")
        now = self.books.now()
        asked = request.find("operation/authentication")
        try:
            session = self._sign_in(asked, now)
        except SignInFailure as failure:
            self._authentication(
                operation, "failure", text(asked, "login/companyid"), text(asked, "login/userid"), None
            )
            _errors(operation, failure.errors, request)
            return failure.status
        company = self.books.company
        self._authentication(operation, "success", company.id, company.user, session)
        for outcome in self._run(request, session, endpoint, concurrent):
            result = add(operation, "result")
            for name, value in (
                ("status", outcome.status), ("function", outcome.element.tag), ("controlid", outcome.control_id),
            ):  # fmt: skip
                add(result, name, value)
            if outcome.answer is not None:
                result.append(outcome.answer)
            if outcome.errors:
                _errors(result, outcome.errors, request)
        return 200

    def _sign_in(self, asked: Element, now: datetime) -> Session:
        if asked.find("login") is None:
            return self.sessions.resume(text(asked, "sessionid"), now)
        user, company, password, entity = (
            text(asked, f"login/{name}") for name in ("userid", "companyid", "password", "locationid")
        )
        return self.sessions.log_in(user, company, password, entity, now)

    def _authentication(self, parent: Element, status: str, company: str, user: str, session: Session | None) -> None:
        element = add(parent, "authentication")
        add(element, "status", status)
        add(element, "userid", user)
        add(element, "companyid", company)
        add(element, "locationid", session.entity if session else "")
        add(element, "sessiontimestamp", session.used_at.isoformat() if session else "")
        add(element, "sessiontimeout", session.until.isoformat() if session else "")

    def _run(self, request: Element, session: Session, endpoint: str, concurrent: frozenset[str]) -> list[Outcome]:
        functions = request.findall("operation/content/function")
        outcomes = [Outcome(each[0], each.get("controlid")) for each in functions]
        is_unique = _flag(request, "control/uniqueid", True)
        is_transaction = (request.find("operation").get("transaction") or "").lower() == "true"
        call = Call(self.books, self.sessions, session, endpoint, is_alone=len(functions) == 1)
        self.books.entity = session.entity
        try:
            with self.books.all_or_nothing():
                for outcome in outcomes:
                    self._run_one(call, outcome, is_unique, concurrent)
                    if is_transaction and outcome.status == "failure":
                        raise _RolledBack(outcome)
        except _RolledBack as failure:
            self.completed -= {each.control_id for each in outcomes if each.status == "success"}
            _abort(outcomes, failure.outcome)
        self.done.update(outcome.element.tag for outcome in outcomes if outcome.status == "success")
        return outcomes

    def _run_one(self, call: Call, outcome: Outcome, is_unique: bool, concurrent: frozenset[str]) -> None:
        self.books.control_id = outcome.control_id
        try:
            if is_unique:
                self._check_repeated(outcome.control_id, concurrent)
            if self.refusals:
                raise Refusal(self.refusals.pop(0))
            with self.books.all_or_nothing():
                answer = FUNCTIONS[outcome.element.tag](call, outcome.element)
        except Refusal as refusal:
            outcome.status, outcome.errors = "failure", (*refusal.errors, *generic_error(outcome.element.tag))
            return
        if isinstance(answer, Partly):
            outcome.status, outcome.answer, outcome.errors = "failure", answer.data, answer.errors
            return
        outcome.answer = answer
        if is_unique:
            self.completed.add(outcome.control_id)

    def _check_repeated(self, control_id: str, concurrent: frozenset[str]) -> None:
        if control_id in self.completed:
            raise wrong(f"A successful transaction has already been recorded with the control id {control_id}")
        if control_id in concurrent:
            raise wrong(f"There is a concurrent request in process with the control id {control_id}")


class _RolledBack(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.control_id)
        self.outcome = outcome


def unique_ids(body: bytes) -> frozenset[str]:
    """The control ids in a request that are to be done once; none for one that nobody can read."""
    try:
        request = xml.parse(body)
    except ControlFailure:
        return frozenset()
    if not _flag(request, "control/uniqueid", True):
        return frozenset()
    return frozenset(each.get("controlid") for each in request.iterfind("operation/content/function"))


def _abort(outcomes: list[Outcome], failed: Outcome) -> None:
    """Say of every function in a transaction that nothing of it stays."""
    error = Error(ROLLED_BACK, "The entire transaction in this operation has been rolled back due to an error.")
    for outcome in outcomes:
        if outcome is failed:
            outcome.errors = (*outcome.errors, error)
        else:
            outcome.status, outcome.answer, outcome.errors = "aborted", None, (error,)


def _control(reply: Element, request: Element | None, status: str) -> None:
    control = add(reply, "control")
    add(control, "status", status)
    for name in ("senderid", "controlid", "uniqueid", "dtdversion"):
        add(control, name, text(request, f"control/{name}") if request is not None else "")


def _errors(parent: Element, errors: tuple[Error, ...], request: Element | None) -> None:
    """With a support id on the first, as texts from there have one."""
    element = add(parent, "errormessage")
    wants_more = request is not None and _flag(request, "control/showadditionalerrorinfo", False)
    for index, error in enumerate(errors):
        entry = add(element, "error")
        tail = "" if index or not error.errorno.startswith("BL") else f" [Support ID: {_support_id(error)}]"
        for name, value in (
            ("errorno", error.errorno), ("description", ""), ("description2", error.text + tail),
            ("correction", error.correction),
        ):  # fmt: skip
            add(entry, name, value)
        if wants_more:
            more = add(entry, "additionalinfo")
            for name, value in (
                ("errorid", error.errorno), ("category", ""), ("target", ""), ("description", error.text),
                ("cdescription", ""), ("correction", error.correction),
            ):  # fmt: skip
                add(more, name, value)


def _support_id(error: Error) -> str:
    return base64.b32encode(error.text.encode())[:10].decode() + "%7EAb-%7E1"


def _flag(request: Element, path: str, usual: bool) -> bool:
    value = text(request, path).lower()
    return value == "true" if value else usual
