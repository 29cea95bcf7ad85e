"""What schemathesis can't know from the OpenAPI document: who is logged in, and what opens an account.

It makes requests out of the document. Nearly all of them are refused, because nobody guesses a password. So every second one is
given what is true of a member who was registered for it: its password, a name, one of its sessions. A request can log the member out,
or delete its account; after that, another is registered.

Set by whoever starts schemathesis:
VISITOR   "member", or "stranger" for requests as they are made, without a cookie
ANSWERS   the file to write to how often each operation was answered with which status
"""

import atexit
import collections
import itertools
import json
import os
import urllib.parse

import requests
import schemathesis

PASSWORD = "correct horse battery staple"
NEXT_PASSWORD = "wrong cow power supply pin"
# Long enough for any hash, on any machine: it only decides when to give up.
PATIENCE_IN_SECONDS = 30
# A session that goes on in another program is not fresh any more, so all its requests come from the same one.
USER_AGENT = f"schemathesis/{schemathesis.__version__}"

answers = collections.defaultdict(collections.Counter)
numbers = itertools.count(1)
turns = collections.Counter()
member = None


class Member:
    """An account, and a browser's cookies that are logged in to it."""

    def __init__(self, site):
        self.site = site
        self.name = f"Member {next(numbers)}"
        self.cookies = requests.Session()
        self.cookies.trust_env = False
        self.cookies.headers["User-Agent"] = USER_AGENT
        body = {"username": self.name, "password": PASSWORD}
        self.ask("POST", "/register", body).raise_for_status()

    def ask(self, method, path, body=None):
        headers = {"Accept": "application/json"}
        address = urllib.parse.urljoin(self.site, path)
        return self.cookies.request(
            method, address, json=body, headers=headers, timeout=PATIENCE_IN_SECONDS
        )

    def cookie(self):
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies.cookies)

    def truth(self, path):
        """What the operation at a path takes, and does something with."""
        return {
            "/register": {"username": f"Member {next(numbers)}", "password": PASSWORD},
            "/login": {"username": self.name, "password": PASSWORD},
            "/confirm": {"password": PASSWORD},
            "/language": {"language": "zh-Hans"},
            "/account/profile": {"name": f"Member {next(numbers)}", "locale": "en"},
            "/account/password": {
                "current_password": PASSWORD,
                "new_password": NEXT_PASSWORD,
            },
            "/account/delete": {"name": self.name},
        }.get(path)

    def session(self):
        sessions = self.ask("GET", "/account/sessions")
        sessions.raise_for_status()
        return {"session": sessions.json()[0]["id"]}


@schemathesis.hook
def before_call(context, case, kwargs):
    if os.environ["VISITOR"] != "member":
        return
    global member
    if member is None:
        member = Member(case.operation.schema.get_base_url())
    case.headers["User-Agent"] = USER_AGENT
    case.headers["Cookie"] = member.cookie()
    turns[case.operation.label] += 1
    if turns[case.operation.label] % 2 == 1:
        ends = case.operation.path == "/account/sessions/end"
        truth = member.session() if ends else member.truth(case.operation.path)
        if truth is not None:
            case.body = truth
            case.media_type = "application/json"
            case.headers["Content-Type"] = "application/json"


@schemathesis.hook
def after_call(context, case, response):
    # It also tries the methods that an operation's path does not describe.
    if case.method == case.operation.method.upper():
        answers[case.operation.label][str(response.status_code)] += 1
    global member
    # What it has done, or has refused to do any more, makes this member unfit for the next request.
    if case.method != "GET" and (response.status_code < 300 or response.status_code in (401, 429)):
        member = None


@atexit.register
def write_answers():
    with open(os.environ["ANSWERS"], "w", encoding="utf-8") as file:
        json.dump(answers, file)
