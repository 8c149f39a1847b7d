"""A list of 100,000 people as a workbook: ours against django-import-export.

    python -m benchmarks.export_list [--rounds 3] [--whole]

ours    the whole job: rows by a server-side cursor, masked, workbook, read audit, pieces sealed
peer    django-import-export as it comes, the same columns of the same rows, to xlsx

Each measurement is a process of its own; the variants take turns. Seconds are those of its
processor, and compared by the row: the peer is measured at a fifth of the rows, and at all of
them with `--whole`. Peak memory is that of the process, Django with all apps in it.
"""

import argparse
import json
import subprocess
import sys
import time

from benchmarks import million, own_database, table

ROWS = 100_000
SMALL = {"route": "scattered"}  # a fifth of the people
GOALS = {"peer": 12, "memory": 150}


def ours(query: dict[str, str]) -> int:
    from wanping_union import portal
    from wanping_union.accounts.models import Union, User
    from wanping_union.audit.context import acting
    from wanping_union.audit.models import Channel
    from wanping_union.exports import services
    from wanping_union.jobs import worker

    user = User.objects.get(username="FT-administrator")
    union = Union.objects.get(code="FT")
    with acting(Channel.COMMAND, user.pk):
        file = services.request(portal.EXPORTS["people"], query, by=user, union=union)
    worker.work(portal.JOBS)
    file.refresh_from_db()
    assert file.finished_at, file.job.error
    return file.rows


def peer(query: dict[str, str]) -> int:
    from import_export.fields import Field
    from import_export.resources import ModelResource

    from members.models import Membership

    class People(ModelResource):
        name = Field("person__name", "姓名")
        sex = Field("person__sex", "性别")
        id_type = Field("person__id_type", "证件类型")
        id_number = Field("person__id_number", "证件号码")
        ethnicity = Field("person__ethnicity", "民族")
        education = Field("person__education", "学历")
        mobile = Field("person__mobile", "手机号码")
        union = Field("union__name", "所属工会")
        enterprise = Field("enterprise__name", "工作单位")
        household = Field("person__household", "户籍类型")
        card = Field("person__card", "京卡卡号")

        class Meta:
            model = Membership
            fields = (
                "name", "sex", "id_type", "id_number", "ethnicity", "education", "mobile",
                "union", "enterprise", "occupation", "household", "joined_on", "route", "card",
                "remark", "status",
            )  # fmt: skip

    rows = Membership.objects.filter(is_current=True, **query)
    rows = rows.select_related("person", "union", "enterprise").order_by("-joined_on", "-pk")
    data = People().export(rows)
    assert (data.width, bool(data.xlsx)) == (16, True)
    return len(data)


def measure_here(variant: str, query: dict[str, str]) -> None:
    million.use(ROWS)
    start = time.process_time()
    rows = {"ours": ours, "peer": peer}[variant](query)
    seconds = time.process_time() - start
    memory = own_database.peak_memory()
    print(json.dumps({"rows": rows, "seconds": seconds, "memory": memory}))


def measure(variant: str, query: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.export_list", "--measure", variant,
               json.dumps(query)]  # fmt: skip
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"  {variant} {found['rows']:7} rows {found['seconds']:6.2f} s"
          f" {found['memory']:4.0f} MB", flush=True)  # fmt: skip
    return found


def run(rounds: int, *, whole_peer: bool) -> dict[str, list[float]]:
    """Ratios and megabytes, round by round."""
    million.prepare(ROWS)
    found: dict[str, list[float]] = {"peer": [], "memory": [], "memory, a fifth": []}
    for _ in range(rounds):
        small, whole = measure("ours", SMALL), measure("ours", {})
        beside = measure("peer", {} if whole_peer else SMALL)
        found["peer"].append(
            beside["seconds"] / beside["rows"] / (whole["seconds"] / whole["rows"])
        )
        found["memory"].append(whole["memory"])
        found["memory, a fifth"].append(small["memory"])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--whole", action="store_true", help="the peer too at all the rows")
    parser.add_argument("--measure", nargs=2, metavar=("VARIANT", "QUERY"))
    arguments = parser.parse_args()
    if arguments.measure:
        measure_here(arguments.measure[0], json.loads(arguments.measure[1]))
        return
    found = run(arguments.rounds, whole_peer=arguments.whole)
    table.finish(
        [
            table.line("export: django-import-export / ours", found["peer"], GOALS["peer"],
                       at_least=True),
            table.line("export: memory at 100,000 rows, MB", found["memory"], GOALS["memory"],
                       at_least=False),
            table.line("export: memory at a fifth of them, MB", found["memory, a fifth"],
                       GOALS["memory"], at_least=False),
        ]
    )  # fmt: skip


if __name__ == "__main__":
    main()
