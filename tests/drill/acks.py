"""What was acknowledged, and what stands in the database for it: right, lost or doubled."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Model

from members.models import Person
from wanping_union.audit.models import Act, name_of
from wanping_union.imports.models import Batch, State
from wanping_union.reports.models import MonthlyReport

PeopleOf = Mapping[str, Sequence[str]]  # checksum of a file → keyed hashes of the people in it


@dataclass(frozen=True)
class Ack:
    """One form for which the portal answered 302. kind: person, job, upload, import or report.

    key: a keyed hash of the ID number, the job's key, the file's checksum, the report's address.
    """

    kind: str
    key: str


@dataclass
class Findings:
    lost: list[Ack] = field(default_factory=list)
    doubled: list[Ack] = field(default_factory=list)

    def note(self, ack: Ack, counts: Sequence[int]) -> None:
        """counts: how often each effect of it stands in the database."""
        if max(counts) > 1:
            self.doubled.append(ack)
        elif min(counts) < 1:
            self.lost.append(ack)


def examine(acks: Iterable[Ack], people_of: PeopleOf | None = None) -> Findings:
    findings = Findings()
    for ack in sorted(set(acks), key=str):
        findings.note(ack, EFFECTS[ack.kind](ack.key, people_of or {}))
    return findings


def reports_too_many(acks: Iterable[Ack]) -> int:
    """Versions that nobody was told of: a report has no key of its own before it is there."""
    told = {ack.key for ack in acks if ack.kind == "report"}
    return MonthlyReport.objects.filter(by__isnull=False).count() - len(told)


def _acts(name: str, record: Model | None) -> int:
    return Act.objects.filter(name=name, record=name_of(record)).count() if record else 0


def _person(key: str, _: PeopleOf) -> list[int]:
    people = list(Person.objects.filter(id_hash=bytes.fromhex(key)))
    memberships = [m for person in people for m in person.memberships.all()]
    return [len(people), len(memberships), *(_acts("register", m) for m in memberships)]


def _job(key: str, _: PeopleOf) -> list[int]:
    return [Act.objects.filter(name="drill", note=key).count()]


def _upload(key: str, _: PeopleOf) -> list[int]:
    batches = list(Batch.objects.filter(sha256=key).defer("content"))
    checked = [b for b in batches if b.state in (State.CHECKED, State.RUNNING, State.DONE)]
    return [len(batches), len(checked), *(_acts("upload", batch) for batch in batches)]


def _import(key: str, people_of: PeopleOf) -> list[int]:
    batches = list(Batch.objects.filter(sha256=key, state=State.DONE).defer("content"))
    people = Person.objects.filter(id_hash__in=[bytes.fromhex(n) for n in people_of[key]])
    there = Counter(bytes(found).hex() for found in people.values_list("id_hash", flat=True))
    acts = [_acts(name, batch) for batch in batches for name in ("start_import", "import")]
    return [len(batches), *acts, *(there[number] for number in people_of[key])]


def _report(key: str, _: PeopleOf) -> list[int]:
    report = MonthlyReport.objects.filter(pk=key.strip("/").rpartition("/")[2]).first()
    made = report is not None and report.sha256 != ""
    return [int(made), _acts("request_report", report), _acts("make_report", report)]


EFFECTS = {
    "person": _person,
    "job": _job,
    "upload": _upload,
    "import": _import,
    "report": _report,
}
