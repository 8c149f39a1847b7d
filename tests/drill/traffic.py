"""People at work: they send forms, some of them twice, and send again what was not answered."""

import http.client
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from threading import Event, Lock, Thread
from typing import NamedTuple
from uuid import UUID

from stdnum.cn import ric

from tests.drill.acks import Ack
from wanping_union import crypto
from wanping_union.sample.people import PASSWORD
from wanping_union.servers import HOST

TWICE = 0.2  # of all forms
PATIENCE = 30  # seconds a browser waits for a page
REFUSED = (400, 403, 404, 422)
ROWS = 40  # of an imported file


class Wait(NamedTuple):
    """began, ended: by the monotonic clock. what: method, path, status."""

    began: float
    ended: float
    what: str

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclass
class Ledger:
    """What all people together were told, and what they met."""

    acks: set[Ack] = field(default_factory=set)
    people_of: dict[str, list[str]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)  # 0: no answer
    waits: list["Wait"] = field(default_factory=list)
    twice: int = 0
    lock: Lock = field(default_factory=Lock)
    numbers: int = 0

    def new_number(self) -> str:
        """A valid ID number nobody has."""
        with self.lock:
            self.numbers += 1
            n = self.numbers
        body = f"{130101 + n // 499}19800506{n % 499 * 2 + 2:03d}"
        return body + ric.calc_check_digit(f"{body}0")


class Browser:
    """Cookies, and one request after another; a lost answer is status 0."""

    def __init__(self, port: int, ledger: Ledger) -> None:
        self.port = port
        self.ledger = ledger
        self.cookies: dict[str, str] = {}

    def send(
        self, method: str, path: str, fields: dict[str, str] | None = None, file: bytes = b""
    ) -> tuple[int, str, str]:
        """Returns status, where it leads, and the page."""
        head = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        body = b""
        if fields is not None:
            head["X-CSRFToken"] = self.cookies.get("csrftoken", "")
            head["Content-Type"] = "multipart/form-data; boundary=drill"
            body = multipart(fields, file)
        began = time.monotonic()
        connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, head)
            answer = connection.getresponse()
            page = answer.read().decode(errors="replace")
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    cookie, _, text = value.partition(";")[0].partition("=")
                    self.cookies[cookie] = text
            found = answer.status, answer.headers.get("Location", ""), page
        except (OSError, http.client.HTTPException):
            found = 0, "", ""
        finally:
            connection.close()
        with self.ledger.lock:
            self.ledger.statuses[found[0]] += 1
            wait = Wait(began, time.monotonic(), f"{method} {path} {found[0]}")
            self.ledger.waits.append(wait)
        return found

    def sign_in(self, username: str) -> None:
        self.send("GET", "/login/")
        status, _, page = self.send("POST", "/login/", {"login": username, "password": PASSWORD})
        if status != 302:
            raise AssertionError(f"{username} could not sign in: {status} {page[:500]}")


def multipart(fields: dict[str, str], file: bytes) -> bytes:
    parts = [
        f'--drill\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if file:
        head = '--drill\r\nContent-Disposition: form-data; name="file"; filename="roster.csv"\r\n'
        parts.append(f"{head}Content-Type: text/csv\r\n\r\n".encode() + file + b"\r\n")
    return b"".join([*parts, b"--drill--\r\n"])


class Person(Thread):
    """A chair at a desk, doing one thing after another until told that the day is over."""

    def __init__(self, port: int, union: str, username: str, ledger: Ledger, seed: str) -> None:
        super().__init__(daemon=True)
        self.chance = random.Random(seed)
        self.union = union
        self.ledger = ledger
        self.port = port
        self.browser = Browser(port, ledger)
        self.browser.sign_in(username)
        self.day_is_over = Event()
        self.gave_up = 0

    def run(self) -> None:
        acts: dict[Callable[[], None], int] = {
            self.register: 8, self.queue: 12, self.import_roster: 3, self.ask_for_report: 1,
            self.look: 4,
        }  # fmt: skip
        while not self.day_is_over.is_set():
            self.chance.choices(list(acts), list(acts.values()))[0]()
            time.sleep(self.chance.uniform(0, 0.3))

    def post(self, path: str, fields: dict[str, str], file: bytes = b"") -> str:
        """Send a form until it is answered. Returns where it led; "" where it was refused.

        One in five is sent twice at the same moment, as by a double click.
        """
        fields = fields | {"form_token": str(UUID(int=self.chance.getrandbits(128), version=4))}
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            answers = self._click(path, fields, file)
            if led := [where for status, where, _ in answers if status == 302]:
                return led[0]
            if any(status in REFUSED for status, *_ in answers):
                return ""
            time.sleep(0.5)
        self.gave_up += 1
        return ""

    def _click(self, path: str, fields: dict[str, str], file: bytes) -> list[tuple[int, str, str]]:
        answers = []

        def click() -> None:
            answers.append(self.browser.send("POST", path, fields, file))

        clicks = [Thread(target=click) for _ in range(1 + (self.chance.random() < TWICE))]
        self.ledger.twice += len(clicks) - 1
        for thread in clicks:
            thread.start()
        for thread in clicks:
            thread.join()
        return answers

    def acknowledge(self, kind: str, key: str) -> None:
        with self.ledger.lock:
            self.ledger.acks.add(Ack(kind, key))

    def look(self) -> None:
        self.browser.send("GET", self.chance.choice(["/", "/members/", "/reports/", "/healthz"]))

    def register(self) -> None:
        number = self.ledger.new_number()
        facts = {
            "name": "演练",
            "id_type": "resident_id",
            "id_number": number,
            "joined_on": date(2016, 12, 1).isoformat(),
            "shown": "1-2",  # the notices the portal comes with
            "told": "on",
        }
        if self.post(f"/members/new/?union={self.union}", facts):
            self.acknowledge("person", crypto.keyed_hash("id_number", number).hex())

    def queue(self) -> None:
        key = str(UUID(int=self.chance.getrandbits(128), version=4))
        # Three in a hundred last longer than the lease.
        seconds = 7.0 if self.chance.random() < 0.03 else self.chance.uniform(0, 0.6)
        if self.post("/drill/", {"key": key, "seconds": str(seconds)}):
            self.acknowledge("job", key)

    def ask_for_report(self) -> None:
        month = f"2016-{self.chance.randint(1, 12):02}"
        if where := self.post("/reports/make/", {"union": self.union, "month": month}):
            self.acknowledge("report", where)

    def import_roster(self) -> None:
        numbers = [self.ledger.new_number() for _ in range(ROWS)]
        lines = [f"演练,{number},{self.union},2016-12-01" for number in numbers]
        file = "\n".join(["姓名,证件号码,所属工会,入会日期", *lines]).encode()
        key = sha256(file).hexdigest()
        fields = {"kind": "roster", "union": self.union}
        where = self.post("/members/imports/upload/", fields, file)
        if not where:
            return
        with self.ledger.lock:
            self.ledger.people_of[key] = [crypto.keyed_hash("id_number", n).hex() for n in numbers]
        self.acknowledge("upload", key)
        if self._is_checked(where) and self.post(f"{where}run/", {}):
            self.acknowledge("import", key)

    def _is_checked(self, where: str) -> bool:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not self.day_is_over.is_set():
            status, _, page = self.browser.send("GET", where)
            if status == 200 and "/run/" in page:
                return True
            time.sleep(0.5)
        return False
