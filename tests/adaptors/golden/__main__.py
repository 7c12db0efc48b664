from __future__ import annotations

import argparse

from adaptors.registry import FORMATS, load
from tests.adaptors import golden
from tests.adaptors.formats.edifact.cases import CASES as EDIFACT

OWN_CASES = {"edifact": EDIFACT}
"""What is more than the samples with a format's default options."""

parser = argparse.ArgumentParser("python -m tests.adaptors.golden", description="Write golden files anew.")
parser.add_argument("kinds", nargs="+", choices=FORMATS, metavar="kind", help=", ".join(FORMATS))

for kind in parser.parse_args().kinds:
    count, unsayable = golden.write(load(kind)(), OWN_CASES.get(kind))
    print(f"{kind}: {count} files, {len(unsayable)} samples that cannot be said")
    for text in unsayable:
        print(f"  {text}")
