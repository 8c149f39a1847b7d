"""The drill itself, on the servers and the empty home that tests.drill gives it."""

import json
import os
import random
import socket
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections import Counter
from contextlib import closing
from typing import Any

from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError, connection, connections

from tests.drill import stack as stacks
from tests.drill.acks import Findings, examine, reports_too_many
from tests.drill.stack import FAULTS, Fault, Nothing, Stack
from tests.drill.traffic import Ledger, Person, Wait
from wanping_union.jobs import services
from wanping_union.jobs.models import ACTIVE, Job, State
from wanping_union.servers import HOST

DRAIN = 60  # seconds
GIVE_UP = 180  # seconds
FIRST_ANSWER = 60  # seconds
DESKS = (("WP01", "chair"), ("WP02", "chair02"), ("WP03", "chair03"), ("WP04", "chair04"))


class Command(BaseCommand):
    help = "Let people work while programs and servers die at random; count what was lost."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seconds", type=float, required=True, help="during which things die")
        parser.add_argument("--every", type=float, required=True, help="seconds between faults")
        parser.add_argument("--seed", type=int, required=True)
        parser.add_argument("--only", default="", help="names of faults, with commas")

    def handle(self, *, seconds: float, every: float, seed: int, only: str, **_: Any) -> None:
        call_command("migrate", database="owner", verbosity=0)
        call_command("load_sample", verbosity=0, stdout=sys.stderr)
        connections.close_all()
        port = free_port()
        os.environ["JOB_LEASE_SECONDS"] = str(stacks.LEASE)
        wanted = [f for f in FAULTS if not only or f.__name__ in only.split(",")]
        with Stack(port) as stack:
            wait_until_well(port)
            ledger = Ledger()
            people = [Person(port, union, name, ledger, f"{seed} {name}") for union, name in DESKS]
            for person in people:
                person.start()
            deck = Deck(wanted, random.Random(seed))
            last = deck.play(stack, seconds, every)
            for person in people:
                person.day_is_over.set()
            for person in people:
                person.join()
            drained = drain(last)
            report = account(ledger, stack, deck, people, drained, seed)
            if not report["ok"]:
                print(stacks.last_lines(), file=sys.stderr)
        print(json.dumps(report, ensure_ascii=False, indent=1))
        if not report["ok"]:
            raise CommandError("the drill found harm", returncode=1)


class Deck:
    """The faults, shuffled again whenever all have been dealt."""

    def __init__(self, faults: list[Fault], chance: random.Random) -> None:
        self.faults = faults
        self.chance = chance
        self.left: list[Fault] = []
        self.dealt: Counter[str] = Counter()

    def play(self, stack: Stack, seconds: float, every: float) -> float:
        """Deal until the time is over. Returns when the last fault was over."""
        end = last = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(self.chance.uniform(0.5, 1.5) * every)
            if not self.left:
                self.left = self.chance.sample(self.faults, len(self.faults))
            fault = self.left.pop()
            try:
                fault(stack, self.chance)
            except Nothing:
                continue
            self.dealt[fault.__name__] += 1
            last = time.monotonic()
        return last


def drain(last: float) -> float | None:
    """Wait until no job is queued or running. Returns seconds since `last`; None for never."""
    while time.monotonic() < last + GIVE_UP:
        try:
            if not Job.objects.filter(state__in=ACTIVE).exists():
                return time.monotonic() - last
        except DatabaseError:
            connection.close()
        time.sleep(0.2)
    return None


def account(
    ledger: Ledger, stack: Stack, deck: Deck, people: list[Person], drained: float | None, seed: int
) -> dict[str, Any]:
    """What the drill found, as it is printed."""
    connection.close()
    found: Findings = examine(ledger.acks, ledger.people_of)
    too_many = reports_too_many(ledger.acks)
    hung = [
        wait
        for wait in ledger.waits
        if any(wait.began < end and wait.ended > start for start, end in stack.hangs)
    ]
    failed = Job.objects.filter(state=State.FAILED).values_list("kind", "error")
    statuses = {str(status): n for status, n in sorted(ledger.statuses.items())}
    well = not found.lost and not found.doubled and too_many <= 0
    return {
        "ok": well and drained is not None and drained <= DRAIN,
        "seed": seed,
        "acknowledged": dict(Counter(ack.kind for ack in ledger.acks)),
        "lost": [f"{ack.kind} {ack.key}" for ack in found.lost],
        "doubled": [f"{ack.kind} {ack.key}" for ack in found.doubled],
        "reports nobody was told of": too_many,
        "sent twice": ledger.twice,
        "forms never answered": sum(person.gave_up for person in people),
        "faults": sum(deck.dealt.values()),
        "faults by kind": dict(deck.dealt),
        "seconds to drain": drained and round(drained, 1),
        "longest page waits while Redis hung": longest(hung),
        "longest page waits": longest(ledger.waits),
        "answers by status": statuses,
        "jobs worked again": Job.objects.filter(attempts__gt=1).count(),
        "jobs failed": [f"{kind}: {error}" for kind, error in failed],
        "jobs": Job.objects.count(),
        "longest wait of a job": services.longest_wait(),
    }


def longest(waits: list[Wait]) -> list[str]:
    ordered = sorted(waits, key=lambda wait: -wait.seconds)
    return [f"{wait.seconds:.2f} s {wait.what}" for wait in ordered[:3]]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_until_well(port: int) -> None:
    deadline = time.monotonic() + FIRST_ANSWER
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise CommandError(f"the portal did not come up\n{stacks.last_lines()}")
