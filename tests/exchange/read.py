"""Prints what PyMISP and IntelMQ's own library read in two files of ours, as JSON. Usage: read.py MISP INTELMQ"""

import json
import pathlib
import sys

import check


def main():
    misp, intelmq = (pathlib.Path(name).read_text() for name in sys.argv[1:])
    # A line each, as the command writes events.
    events = "\n".join(json.dumps(event) for event in json.loads(misp)["response"])
    read = [{"values": sorted(str(one.value) for one in attributes(event)), "tags": [tag.name for tag in event.tags]}
            for event in check.misp_events(events)]
    print(json.dumps({"misp": read, "intelmq": [json.loads(line) for line in check.events(intelmq)]}))


def attributes(event):
    return [*event.attributes, *(attribute for one in event.objects for attribute in one.attributes)]


main()
