#!/usr/bin/env python3
"""Makes seeds for the fuzz targets of a folder with policies as the issue's corpus has them:
`policies/*.xml`, and `expressions.jsonl` with `kind` and `code` on each line.

    scripts/fuzz-seeds.py CORPUS        writes to fuzz/corpus/TARGET/
"""

import hashlib
import json
import pathlib
import re
import sys

# Longer inputs make the fuzzer slow without reaching more; scripts/fuzz.sh gives it the same bound.
SEED_BYTES_MAX = 4096
SEPARATOR = "\n====\n"
# What templates and paths without data of their own are applied to.
DOCUMENT = '{"a":{"b":[1,2.5,"x"]},"items":[{"id":1,"name":"n"}],"t":"2024-01-02T03:04:05Z","f":true,"n":null}'

root = pathlib.Path(__file__).resolve().parent.parent / "fuzz" / "corpus"


def seed(target, text):
    data = text.encode()
    if 0 < len(data) <= SEED_BYTES_MAX:
        folder = root / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    corpus = pathlib.Path(sys.argv[1])
    for path in sorted(corpus.glob("policies/*.xml")):
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        seed("reader", text)
        for template in re.findall(r'<set-body[^>]*template="liquid"[^>]*>(.*?)</set-body>', text, re.DOTALL):
            seed("liquid", template + SEPARATOR + DOCUMENT)
    for line in (corpus / "expressions.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        seed("parser", entry["code"])
        seed("evaluator", ("{" if entry["kind"] == "multi" else "") + entry["code"])
        for path in re.findall(r'SelectTokens?\("([^"]*)"', entry["code"]):
            seed("jsonpath", path + SEPARATOR + DOCUMENT)


main()
