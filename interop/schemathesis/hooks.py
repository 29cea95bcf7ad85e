"""What schemathesis can't know from the OpenAPI document: who is logged in, and what opens an account.

It makes requests out of the document. Nearly all of them are refused, because nobody guesses a password, a link or the id of an
account. So every second one is given what is true of a visitor who was registered for it. A request can log the visitor out, or delete
the account; after that, another is registered.

Set by whoever starts schemathesis:
VISITOR     "member", "administrator", or "stranger" for requests as they are made, without a cookie
INVITATION  the token of an invitation to be an administrator
ANSWERS     the file to write to how often each operation was answered with which status
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
ROLE = "editor"
# Long enough for any hash, on any machine: it only decides when to give up.
PATIENCE_IN_SECONDS = 30
# A session that goes on in another program is not fresh any more, so all its requests come from the same one.
USER_AGENT = f"schemathesis/{schemathesis.__version__}"

answers = collections.defaultdict(collections.Counter)
numbers = itertools.count(1)
turns = collections.Counter()
visitor = None


class Member:
    """An account, and a browser's cookies that are logged in to it."""

    def __init__(self, site, **invited):
        self.site = site
        self.name = f"{type(self).__name__} {next(numbers)}"
        self.cookies = requests.Session()
        self.cookies.trust_env = False
        self.cookies.headers["User-Agent"] = USER_AGENT
        body = {"username": self.name, "password": PASSWORD, **invited}
        self.id = self.ask("POST", "/register", json=body)["id"]

    def ask(self, method, path, **request):
        response = self.response(method, path, **request)
        response.raise_for_status()
        return response.json()

    def response(self, method, path, **request):
        headers = {"Accept": "application/json"}
        address = urllib.parse.urljoin(self.site, path)
        return self.cookies.request(
            method, address, headers=headers, timeout=PATIENCE_IN_SECONDS, **request
        )

    def cookie(self):
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies.cookies)

    def truth(self, operation, turn):
        """The parts of a request with which an operation does something."""
        match operation:
            case "POST /register":
                return {"body": {"username": f"Member {next(numbers)}", "password": PASSWORD}}
            case "POST /login":
                return {"body": {"username": self.name, "password": PASSWORD}}
            case "POST /confirm":
                return {"body": {"password": PASSWORD}}
            case "POST /language":
                return {"body": {"language": "zh-Hans"}}
            case "POST /account/profile":
                return {"body": {"name": f"Member {next(numbers)}", "locale": "en"}}
            case "POST /account/password":
                return {"body": {"current_password": PASSWORD, "new_password": NEXT_PASSWORD}}
            case "POST /account/delete":
                return {"body": {"name": self.name}}
            case "POST /account/sessions/end":
                return {"body": {"session": self.ask("GET", "/account/sessions")[0]["id"]}}
            case "GET /invitation":
                return {"query": {"token": self.host().invitation()}}
            case "POST /invitation":
                return {"body": {"token": self.host().invitation()}}
            case "GET /set-password":
                return {"query": {"token": self.host().password_link(self)}}
            case "POST /set-password":
                token = self.host().password_link(self)
                return {"body": {"token": token, "new_password": NEXT_PASSWORD}}
        return {}

    def host(self):
        """The administrator who makes links for members."""
        if Administrator.host is None:
            Administrator.host = Administrator(self.site)
        return Administrator.host

    def stays(self, case, response):
        """Whether the next request can be made as this member: what was done, or is refused from now on, makes unfit for it."""
        is_changed = response.status_code < 300 or response.status_code in (401, 429)
        return case.method == "GET" or not is_changed


class Administrator(Member):
    """One who was invited to be an administrator, and has invited the next one: each can be deleted, and is not missed."""

    next_invitation = os.environ["INVITATION"]
    host = None
    # Somebody to whom things are done.
    other = None

    def __init__(self, site):
        super().__init__(site, invitation=Administrator.next_invitation)
        Administrator.next_invitation = self.link("/admin/invite/administrator")

    def invitation(self):
        return self.link("/admin/invite", json={"roles": ROLE})

    def password_link(self, member):
        return self.link(f"/admin/users/{member.id}/password-link")

    def link(self, path, **request):
        """The token of a link that is made at a path."""
        url = self.ask("POST", path, **request)["url"]
        return urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["token"][0]

    def truth(self, operation, turn):
        path = operation.partition(" ")[2]
        match operation:
            case "GET /admin":
                return {"query": {"period": "24h"}}
            case "GET /admin/users":
                query = {"state": "active", "sort": "-created"}
                if turn % 4 == 1:
                    return {"query": query | {"search": self.name, "role": "administrator"}}
                return self.second_page(path, "page", query | {"search": "Member"})
            case "GET /admin/sessions":
                return self.second_page(path, "page", {})
            case "GET /admin/audit" | "GET /admin/audit.csv" | "GET /admin/audit.jsonl":
                query = {"account": self.name, "kind": "logged_in", "actor_kind": "account"}
                query |= {"actor": self.id, "from": "127.0.0.0/8", "since": "2020-01-01"}
                if turn % 4 == 1:
                    return {"query": query}
                return self.second_page("/admin/audit", "before", {})
            case "POST /admin/invite":
                email = f"somebody-{next(numbers)}@example.com"
                return {"body": {"email": email, "roles": ROLE, "hours": 24}}
            case "POST /admin/sessions/end-all":
                return {"body": {"name": self.name}}
        # In turns to somebody else, and to oneself.
        user = self.somebody() if turn % 4 == 1 else self.details(self)
        about = {"path_parameters": {"id": user["id"]}}
        session = {"session": user["places"][0]["id"]}
        match operation:
            case "POST /admin/sessions/end":
                return {"body": {"user": user["id"], **session}}
            case "POST /admin/users/{id}/end-session":
                return {**about, "body": session}
            case "POST /admin/users/{id}/grant-role":
                return {**about, "body": {"role": ROLE}}
            case "POST /admin/users/{id}/revoke-role":
                return {**about, "body": {"role": next(iter(user["roles"]), ROLE)}}
            case "POST /admin/users/{id}/delete":
                return {**about, "body": {"name": user["name"]}}
        return about

    def second_page(self, path, parameter, query):
        """A query for it; as many members are registered as it takes until there is one."""
        while (following := self.ask("GET", path, params=query)["next"]) is None:
            Member(self.site)
        return {"query": query | {parameter: following}}

    def somebody(self):
        """Somebody else who is logged in."""
        if Administrator.other is not None:
            details = self.details(Administrator.other)
            if details is not None and details["is_active"] and details["places"]:
                return details
        Administrator.other = Member(self.site)
        return self.details(Administrator.other)

    def details(self, member):
        """What is known of somebody; nothing after he was deleted, or when this administrator is none any more."""
        response = self.response("GET", f"/admin/users/{member.id}")
        return response.json() if response.ok else None

    def stays(self, case, response):
        return case.method == "GET" or self.details(self) is not None


VISITORS = {"member": Member, "administrator": Administrator}


@schemathesis.hook
def before_call(context, case, kwargs):
    kind = VISITORS.get(os.environ["VISITOR"])
    if kind is None:
        return
    global visitor
    if visitor is None:
        visitor = kind(case.operation.schema.get_base_url())
    case.headers["User-Agent"] = USER_AGENT
    case.headers["Cookie"] = visitor.cookie()
    if not is_described(case):
        return
    turns[case.operation.label] += 1
    turn = turns[case.operation.label]
    truth = visitor.truth(case.operation.label, turn) if turn % 2 == 1 else {}
    for part, value in truth.items():
        setattr(case, part, value)
    if "body" in truth:
        case.media_type = "application/json"
        case.headers["Content-Type"] = "application/json"


@schemathesis.hook
def after_call(context, case, response):
    if is_described(case):
        answers[case.operation.label][str(response.status_code)] += 1
    global visitor
    if visitor is not None and not visitor.stays(case, response):
        visitor = None


def is_described(case):
    """Whether it is a request of the operation, and not of a method that the operation's path does not describe."""
    return case.method == case.operation.method.upper()


@atexit.register
def write_answers():
    with open(os.environ["ANSWERS"], "w", encoding="utf-8") as file:
        json.dump(answers, file)
