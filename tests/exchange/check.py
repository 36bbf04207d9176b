"""Reads what `pillarbox inspect --export` writes with the other side's own libraries. Usage: check.py BINARY FOLDER…

Each file below the folders is inspected as a mail; what doesn't begin like one is taken for the text of one. IODEF is checked
against a schema when IODEF_XSD names RFC 7970's (and xmllint is installed), else only parsed."""

import csv
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

import intelmq.lib.message
import pymisp
import stix2validator
from importlib import resources

HEADER = re.compile(rb"\A(?:From |[A-Za-z][A-Za-z0-9-]*:)")


def mails(folders, into):
    """The files, as mails."""
    paths = []
    for folder in folders:
        for path in sorted(p for p in pathlib.Path(folder).rglob("*") if p.is_file()):
            content = path.read_bytes()
            if not HEADER.match(content):
                content = b"From: noc@partner.example\nSubject: report\nDate: Tue, 5 Mar 2024 09:00:00 +0100\n" \
                    b"Content-Type: text/plain; charset=utf-8\n\n" + content
            copy = pathlib.Path(into, f"{len(paths)}.eml")
            copy.write_bytes(content)
            paths.append(str(copy))
    return paths


def exported(binary, form, paths):
    """What the binary writes for all of them."""
    done = []
    for at in range(0, len(paths), 500):
        command = [binary, "inspect", "--export", form, "--tlp", "red", *paths[at:at + 500]]
        done.append(subprocess.run(command, capture_output=True, check=True).stdout.decode())
    return "".join(done)


def events(text):
    rules = json.loads((resources.files("intelmq") / "etc/harmonization.conf").read_text())
    for line in text.splitlines():
        message = intelmq.lib.message.Event(json.loads(line), auto=False, harmonization=rules)
        assert message.to_dict(), line
        yield line


def misp_events(text):
    for line in text.splitlines():
        event = pymisp.MISPEvent()
        event.from_json(line)
        given = json.loads(line)["Event"]
        assert len(event.attributes) == len(given["Attribute"]) and len(event.objects) == len(given["Object"])
        assert any(tag.name.startswith("tlp:") for tag in event.tags)
        yield event


def stix(text):
    # Reports that name one port are common, and none is invented for the other end.
    options = stix2validator.ValidationOptions(strict=True, version="2.1", disabled="network-traffic-ports")
    for line in text.splitlines():
        result = stix2validator.validate_instance(json.loads(line), options)
        assert result.is_valid, [str(error) for error in result.errors]
        yield line


def iodef(text):
    schema = os.environ.get("IODEF_XSD")
    for document in filter(None, text.split('<?xml version="1.0" encoding="UTF-8"?>\n')):
        root = xml.fromstring(document)
        assert root.tag == "{urn:ietf:params:xml:ns:iodef-2.0}IODEF-Document"
        if schema:
            subprocess.run(["xmllint", "--noout", "--nonet", "--schema", schema, "-"], input=document.encode(), check=True,
                           capture_output=True)
        yield document


def table(text):
    rows = list(csv.reader(io.StringIO(text), strict=True))
    for row in rows:
        assert len(row) == len(rows[0]), row
        assert not any(cell.lstrip()[:1] in tuple("=+-@") and cell.strip() for cell in row), row
        yield row


def main():
    binary, *folders = sys.argv[1:]
    bad = 0
    with tempfile.TemporaryDirectory() as into:
        paths = mails(folders, into)
        for form, check in [("intelmq", events), ("misp", misp_events), ("stix", stix), ("iodef", iodef), ("csv", table),
                            ("indicators", table)]:
            text = exported(binary, form, paths)
            try:
                print(f"{form}: {sum(1 for _ in check(text))} read, of {len(paths)} files")
            except Exception as error:  # noqa: BLE001: what is wrong is said, and the other forms are looked at
                bad += 1
                print(f"{form}: {type(error).__name__}: {str(error)[:2000]}")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
