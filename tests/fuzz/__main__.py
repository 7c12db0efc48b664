"""`make fuzz`: a hundred thousand broken files, and no reader may do anything but read them or refuse them."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from arhub.paths import BASE_DIR
from tests.fuzz.seeds import INPUTS
from tests.fuzz.trial import attempt, input_of
from tests.fuzz.workers import Finding, Tally, run

_KEPT = BASE_DIR / "var" / "fuzz"
_SHOWN = 10


def main() -> int:
    options = _arguments()
    if options.replay:
        return _replay(options.replay[0], int(options.replay[1]), options.seed)
    wanted = {kind: max(1, int(INPUTS[kind] * options.share)) for kind in options.kinds or INPUTS}
    begun = time.monotonic()
    tallies = {kind: Tally() for kind in wanted}
    for kind, tally in run(wanted, options.seed, options.processes):
        tallies[kind].add(tally)
        if tallies[kind].inputs == wanted[kind]:
            print(_line(kind, tallies[kind]), flush=True)
    findings = [finding for tally in tallies.values() for finding in tally.findings]
    inputs = sum(tally.inputs for tally in tallies.values())
    print(
        f"{inputs:,} inputs in {time.monotonic() - begun:,.0f} seconds, {len(findings)} findings, seed {options.seed}"
    )
    _report(findings, options.seed)
    return 1 if findings else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="only these readers")
    parser.add_argument("--seed", default="1", help="another seed makes other inputs")
    parser.add_argument("--share", type=float, default=1.0, help="of the inputs, e.g. 0.01")
    parser.add_argument("--processes", type=int, default=max(2, os.cpu_count() or 2))
    parser.add_argument("--replay", nargs=2, metavar=("KIND", "INDEX"), help="try one input again")
    return parser.parse_args()


def _line(kind: str, tally: Tally) -> str:
    return (
        f"{kind:6} {tally.inputs:7,} inputs {tally.with_rows:7,} with rows {tally.refused:7,} refused "
        f"{len(tally.findings):4} findings, slowest {tally.slowest:5.2f} s, peak {tally.peak:4} MB"
    )


def _report(findings: list[Finding], seed: str) -> None:
    """Keep each input that did harm, and show the first of every kind of harm."""
    shown: set[str] = set()
    for finding in findings:
        path = _kept(finding, seed)
        cause = "\n".join(finding.what.strip().splitlines()[-3:])
        if cause not in shown and len(shown) < _SHOWN:
            shown.add(cause)
            print(f"\n{path.relative_to(BASE_DIR)}; again by --seed {seed} --replay {finding.kind} {finding.index}")
            print(finding.what.strip())


def _kept(finding: Finding, seed: str) -> Path:
    name, content, _ = input_of(finding.kind, finding.index, seed)
    _KEPT.mkdir(parents=True, exist_ok=True)
    path = _KEPT / f"{seed}_{finding.index}_{name}"
    path.write_bytes(content)
    return path


def _replay(kind: str, index: int, seed: str) -> int:
    name, content, random = input_of(kind, index, seed)
    rows = attempt(kind, name, content, random)
    print(f"{name}, {len(content):,} bytes: " + ("refused" if rows is None else f"{rows} rows"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
