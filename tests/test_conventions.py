"""The rules of the house, checked by machine."""

import ast
import inspect
import re
from pathlib import Path
from typing import get_args

import pytest
from django.apps import apps
from django.db import models

import members.rules
import members.views.people
import relief.rules
import relief.views.offers
from wanping_union import portal
from wanping_union.roles import PAY_RELIEF
from wanping_union.workflow import Record

ROOT = Path(__file__).parent.parent
OURS = [
    path
    for folder in ("wanping_union", "members", "relief")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in path.parts
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
VIEWS = [p for p in OURS if p.name == "views.py" and p.parent.name != "services"]
VIEWS += [p for p in OURS if p.parent.name == "views"]
STEPPED = [(members.rules, members.views.people)]
ACTS = [
    *(act for _, views in STEPPED for act in views.ACTS),
    *relief.views.offers.ACTS,
    *relief.views.offers.ADVANCE_ACTS,
]
RECORDS = [m for m in apps.get_models() if issubclass(m, Record)]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def calls(node: ast.AST) -> set[str]:
    """Names of the methods called, save those of services: calling them is what views are for."""
    return {
        call.func.attr
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and getattr(call.func.value, "id", "") != "services"
    }


@pytest.mark.parametrize(("rules", "views"), STEPPED, ids=lambda m: m.__name__)
def test_every_step_is_offered_and_reachable(rules, views):
    assert [a.step for a in views.ACTS] == list(rules.STEPS)
    # A transfer between unions has its own steps, which come with it.
    reached = {s.target for s in rules.STEPS} | {rules.Status.ACTIVE, rules.Status.TRANSFERRING}
    assert reached == set(rules.Status)


def test_every_step_of_relief_is_offered_and_every_status_reached():
    assert [a.step for a in relief.views.offers.ACTS] == list(relief.rules.OFFERED)
    of_case = [step for step in relief.rules.ADVANCE_OFFERED if step.roles != PAY_RELIEF]
    assert [a.step for a in relief.views.offers.ADVANCE_ACTS] == of_case
    for statuses, steps in (
        (relief.rules.Status, relief.rules.STEPS),
        (relief.rules.AdvanceStatus, relief.rules.ADVANCE_STEPS),
    ):
        reached = {step.target for step in steps}
        begun = {relief.rules.Status.DRAFT, relief.rules.AdvanceStatus.ASKED}
        assert reached | begun & set(statuses) == set(statuses)


@pytest.mark.parametrize("act", ACTS, ids=lambda a: a.step.name)
def test_a_form_asks_what_its_service_takes(act):
    keywords: set[str] = set()
    for p in inspect.signature(act.service).parameters.values():
        if p.kind is p.KEYWORD_ONLY:
            keywords.add(p.name)
        elif p.kind is p.VAR_KEYWORD:  # **facts: Unpack[VisitFacts]
            (facts,) = get_args(p.annotation)
            keywords |= set(facts.__annotations__)
    assert act.service.__name__ == act.step.name
    assert set(act.form.base_fields) == keywords - {"by"}


@pytest.mark.parametrize("record", RECORDS, ids=lambda m: m.__name__)
def test_the_database_knows_every_status_of_a_record(record):
    known = {c.name for c in record._meta.constraints if isinstance(c, models.CheckConstraint)}
    assert any(c.endswith("_status_known") for c in known)


@pytest.mark.parametrize("path", OURS, ids=name)
def test_nothing_is_imported_inside_a_function(path):
    inner = [
        f"{function.name}:{node.lineno}"
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inner == []


@pytest.mark.parametrize("path", VIEWS, ids=name)
def test_views_neither_filter_by_hand_nor_write(path):
    for function in functions(path):
        assert not calls(function) & {"save", "create", "bulk_create", "delete"}, function.name


@pytest.mark.parametrize("path", OURS, ids=name)
def test_no_module_is_too_long_to_read(path):
    assert len(path.read_text().splitlines()) <= 600


@pytest.mark.parametrize("path", OURS, ids=name)
def test_safety_is_never_switched_off(path):
    text = path.read_text()
    assert "csrf_exempt" not in text
    assert "StreamingHttpResponse" not in text
    assert "FileResponse" not in text  # it streams
    assert ".raw(" not in text
    if path.name != "portal.py":  # the icons' paths are ours
        assert "mark_safe" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_templates_hold_no_script_no_style_and_escape_everything(path):
    text = path.read_text()
    assert not re.search(r'\sstyle\s*=\s*"', text)
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)", text)
    assert not re.search(r'\son[a-z]+\s*=\s*"', text)
    assert "|safe" not in text
    assert "autoescape off" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_no_title_names_a_person(path):
    """The next one at a shared computer reads it in the browser's history."""
    for title in re.findall(r"{% block title %}(.*?){% endblock %}", path.read_text()):
        assert not re.search(r"{{[^}]*\b(person|account|user|member)\b", title)


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_posting_form_has_its_token(path):
    for form in re.findall(r'<form[^>]*method="post".*?</form>', path.read_text(), re.DOTALL):
        assert "csrf_token" in form


def test_every_job_has_words_and_every_chore_a_handler():
    assert portal.JOBS.keys() - {"drill"} == portal.JOB_WORDS.keys()
    assert {chore.kind for chore in portal.CHORES} <= portal.JOBS.keys()


def test_nothing_refers_to_what_is_not_in_the_project():
    outside = re.compile(r"\.\./" + "shared|/wo" + "rk/|/ro" + r"ot/\.")
    found = [
        name(p)
        for folder in (
            "wanping_union",
            "members",
            "relief",
            "templates",
            "tests",
            "deploy",
            "benchmarks",
        )
        for p in (ROOT / folder).rglob("*")
        if p.suffix in {".py", ".html", ".md", ".css", ".js", ".toml", ".txt", ".service"}
        and outside.search(p.read_text(errors="ignore"))
    ]
    assert found == []
