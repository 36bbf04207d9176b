"""Asks the API of a demo what its document says, and works with a client that was made from the document alone.
Usage: check.py BINARY EXAMPLES"""

import importlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import uuid

CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
          "missing_required_header,unsupported_method")
TOOLS = pathlib.Path(sys.executable).parent


def demo(binary, folder):
    """A demo with its sample reports; what it says of itself."""
    state = folder / "state"
    process = subprocess.Popen([binary, "demo", "--state", state], stdout=subprocess.DEVNULL)
    ready = state / "demo.json"
    while not ready.exists():
        if process.poll() is not None:
            sys.exit("the demo ended")
        time.sleep(0.2)
    return process, json.loads(ready.read_text())


def token(binary, demo, name):
    command = [binary, "--config", demo["config"], "analyst", "token", "add", name, "--scope", "read,act,register,export,audit"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]


def schemathesis(document, demo, token, number, examples, folder):
    """With a ticket that there is (its number in every path), and with whatever comes."""
    settings = folder / f"schemathesis-{number}.toml"
    settings.write_text(f'[parameters]\n"path.number" = {number}\n' if number else "")
    # What stands in place of every number is no wrong one. An address that is too long is refused before it is read.
    checks = CHECKS if number else f"{CHECKS},negative_data_rejection"
    with settings.open("a") as more:
        more.write('[checks.negative_data_rejection]\nexpected-statuses = ["4xx"]\n')
    command = [TOOLS / "schemathesis", "--config-file", settings, "run", document, "--url", demo["console"],
               "--header", f"Authorization: Bearer {token}", "--tls-verify", "false", "--checks", checks,
               "--max-examples", examples, "--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--no-color"]
    return subprocess.run(command, cwd=folder).returncode


def client(document, demo, token, folder):
    """Claims, notes, reads, exports: with what the generator wrote and nothing else."""
    made = folder / "client"
    generate = [TOOLS / "openapi-python-client", "generate", "--path", document, "--output-path", made, "--meta", "none"]
    subprocess.run(generate, check=True, cwd=folder, env={**os.environ, "PATH": f"{TOOLS}:{os.environ['PATH']}"})
    sys.path.insert(0, str(folder))
    api = lambda name: importlib.import_module(f"client.api.{name}")
    models = importlib.import_module("client.models")
    program = importlib.import_module("client").AuthenticatedClient(demo["console"], token, verify_ssl=False)
    key = lambda: str(uuid.uuid4())

    page = api("tickets.list_tickets").sync(client=program, limit=2)
    ticket = page.tickets[0]
    claimed = api("actions.claim_ticket").sync(ticket.number, client=program, body=models.Claim(), idempotency_key=key())
    assert isinstance(claimed, models.Changed) and claimed.done == "claimed", claimed
    other = api("tickets.list_tickets").sync(client=program, limit=1, cursor=page.next_).tickets[0]
    assert other.number != ticket.number
    once = key()
    note = models.Note(text="by a client that was made from the document")
    for _ in range(2):
        noted = api("actions.add_note").sync(ticket.number, client=program, body=note, idempotency_key=once)
        assert isinstance(noted, models.Changed), noted
    shown = api("tickets.show_ticket").sync(ticket.number, client=program, text=True)
    assert isinstance(shown, models.Ticket) and shown.owner == "client (api)", shown
    assert sum(event.reason == note.text for event in shown.history) == 1, shown.history
    assert shown.entries[0].id
    found = api("tickets.list_observables").sync(ticket.number, client=program)
    assert isinstance(found, models.Observables), found
    nowhere = api("tickets.show_ticket").sync_detailed(1, client=program)
    assert nowhere.status_code == 404 and nowhere.parsed.code == "nowhere", nowhere
    raw = api("export.download_message").sync_detailed(ticket.number, 1, client=program)
    assert raw.status_code == 200 and b"Subject" in raw.content, raw
    texts = api("tickets.list_canned_texts").sync(client=program)
    assert isinstance(texts, models.Texts), texts
    kept = api("tickets.list_quarantine").sync(client=program)
    one = api("tickets.show_quarantined").sync(kept.messages[0].id, client=program)
    assert one.id == kept.messages[0].id, one
    queue = api("search.queue").sync(client=program, query="is:mine")
    assert [one.number for one in queue.tickets] == [ticket.number] and queue.next_ is None, queue
    keep = models.Keep(name="ours", query="is:mine")
    search = api("actions.keep_search").sync(client=program, body=keep, idempotency_key=key())
    assert [one.id for one in api("search.list_searches").sync(client=program).searches] == [search.id]
    figures = api("tickets.figures").sync(client=program)
    assert len(figures.days) == 30 and figures.ages[-1].hours is None, figures
    assert isinstance(api("tickets.list_certificates").sync(client=program), models.Conflicts)
    answered_and_closed(api, models, program, key)
    print("the client that was made from the document works")


def answered_and_closed(api, models, program, key):
    """A letter to the first reporter who can have one, taken as it was shown; then the ticket is closed."""
    letter = models.Letter(text="Hello,\n\nwe have seen to it.\n")
    for ticket in api("tickets.list_tickets").sync(client=program, limit=20).tickets:
        shown = api("actions.preview_letter").sync_detailed(ticket.number, client=program, body=letter)
        if shown.status_code == 200:
            break
        assert shown.status_code in (403, 409, 422), shown
    assert isinstance(shown.parsed, models.Preview) and shown.parsed.copies, shown
    sent = api("actions.send_letter").sync(ticket.number, client=program, body=letter, idempotency_key=key())
    assert isinstance(sent, models.Changed) and sent.letter, sent
    closing = models.Close(outcome=models.Outcome.RESOLVED, reason="answered")
    closed = api("actions.close_ticket").sync(ticket.number, client=program, body=closing, idempotency_key=key())
    assert isinstance(closed, models.Changed), closed
    after = api("tickets.show_ticket").sync(ticket.number, client=program)
    assert after.state == models.State.RESOLVED, after
    again = api("actions.close_ticket").sync_detailed(ticket.number, client=program, body=closing, idempotency_key=key())
    assert again.status_code == 409 and again.parsed.code == "state", again


def main(binary, examples):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        process, told = demo(os.path.abspath(binary), folder)
        try:
            document = folder / "openapi.json"
            printed = subprocess.run([binary, "config", "openapi"], check=True, capture_output=True).stdout
            document.write_bytes(printed)
            client(document, told, token(binary, told, "client"), folder)
            listed = [binary, "--config", told["config"], "ticket", "list", "--json"]
            lines = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.splitlines()
            good = token(binary, told, "schemathesis")
            numbers = [None, json.loads(lines[0])["number"]]
            failed = [schemathesis(document, told, good, number, examples, folder) for number in numbers]
            if any(failed):
                sys.exit("the API does not answer as its document says")
            print(f"the API answers as its document says: {examples} examples of each question, with a ticket and with whatever comes")
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
