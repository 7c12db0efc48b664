"""Invoice lines as a ZIP through the Sage Network API, beside the command line with the same rows: with a real web
server and a real worker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from django.db import connection

from arhub.domain import api_keys
from arhub.models import DocumentLine, Tenant
from arhub.tenancy.scope import scope
from tests.benchmarks import data, loads, peers
from tests.benchmarks.memory import Peak

LINES_EACH = 100
HEADER = "erpKey,invoiceErpKey,lineNumber,productCode,description,quantity,unitPrice,totalAmount\n"


def zip_and_command(folder: Path, tenant: Tenant, rows: int) -> tuple[float, float, float]:
    """Seconds of the command, seconds of the upload until it says Success, and the web server's peak in megabytes."""
    invoices = max(1, rows // LINES_EACH)
    peers.empty()
    data.write_invoices(folder / "of_lines.csv", invoices)
    loads.load("invoice", folder / "of_lines.csv", inserted=invoices)
    path, packed = folder / "invoiceline.csv", folder / "lines.zip"
    _write_lines(path, rows)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, path.name)
    _empty_lines()
    command = loads.load("invoice_line", path, inserted=rows).seconds
    _empty_lines()
    seconds, web_mb = _over_http(tenant, packed, rows)
    _empty_lines()
    peers.empty()
    return command, seconds, web_mb


def _over_http(tenant: Tenant, packed: Path, rows: int) -> tuple[float, float]:
    with scope(tenant.pk):
        key = api_keys.make("Sync", ["read", "write"], requests_per_minute=1_000_000)[1]
    command, headers = ["-m", "gunicorn", "arhub.wsgi:application", "--timeout", "600"], {"Api-Key": key}
    with _running(command) as (web, root), _worker(), Peak(web.pid, list) as peak, packed.open("rb") as file:
        started = time.perf_counter()
        told = requests.post(f"{root}/api/v1/Sync/zip", files={"files": file}, headers=headers, timeout=600).json()
        while told["statusCode"] not in ("Success", "Failed"):
            time.sleep(0.1)
            address = f"{root}/api/v1/Sync/{told['syncRequestId']}?include=Details"
            told = requests.get(address, headers=headers, timeout=60).json()
        seconds = time.perf_counter() - started
    if told["statusCode"] != "Success" or told["details"]["InvoiceLine"]["insertCount"] != rows:
        raise loads.WrongResultError(f"The upload ended with {told['statusCode']}: {told['processResultMessage']}")
    return seconds, peak.loader_mb


@contextmanager
def _running(command: list[str]) -> Iterator[tuple[Any, str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with _process([*command, "--bind", f"127.0.0.1:{port}"]) as process:
        root = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                requests.get(f"{root}/api/v1/Status", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield process, root


@contextmanager
def _worker() -> Iterator[None]:
    with _process(["manage.py", "qcluster"], Q_CLUSTER_NAME="loads"):
        yield


@contextmanager
def _process(arguments: list[str], **environment: str) -> Iterator[Any]:
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=loads.ROOT, env={**os.environ, **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # a cluster that is asked to end waits for its tasks
        process.wait()


def _write_lines(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", buffering=1 << 20) as file:
        file.write(HEADER)
        for number in range(rows):
            invoice, line = divmod(number, LINES_EACH)
            price = 1_000 + number % 9_000
            file.write(
                f"L-{number:010d},ERP-{invoice:010d},{line + 1},P-{number % 997:04d},Pump part {number % 89},"
                f"{number % 9 + 1},{price / 100:.2f},{price * (number % 9 + 1) / 100:.2f}\n"
            )


def _empty_lines() -> None:
    with connection.as_owner(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(f"truncate {DocumentLine._meta.db_table}")
