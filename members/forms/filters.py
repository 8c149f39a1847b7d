"""Filters of lists, and the name they are saved under."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_filters import ChoiceFilter, DateFilter, FilterSet, ModelChoiceFilter

from members import rules, sizes
from members.forms.fields import CellField, WithoutColon, plain
from members.models import EnterpriseQuerySet, Membership
from members.selectors.enterprises import INDUSTRIES, enterprises_for
from members.selectors.people import memberships_for
from wanping_union.accounts.models import Union, UnionQuerySet, User
from wanping_union.accounts.tree import Tree
from wanping_union.roles import SEE_PEOPLE
from wanping_union.templatetags.portal import lines

ALL = "全部"
SELECT = '<select name="{}"{}><option value="">{}</option>{}</select>'
OPTION = '<option value="{}"{}>{}</option>'
DATE_INPUT = forms.DateInput(attrs={"type": "date"})


@lru_cache(maxsize=256)
def _options(tree: Tree, paths: tuple[str, ...], chosen: str) -> SafeString:
    branches = tree.under(paths)
    return lines(
        OPTION, ((b.code, " selected" if b.code == chosen else "", b.name) for b in branches)
    )


class UnionSelect(forms.Select):
    """The unions a person reaches: three hundred options, drawn once for all who reach them."""

    user: User

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        paths = self.user.paths(SEE_PEOPLE)
        options = _options(self.user.union_tree, paths, str(value or "")[:12])
        return format_html(SELECT, name, flatatt(self.build_attrs(self.attrs, attrs)), ALL, options)


def firm_options(firms: Iterable[tuple[int, str]], chosen: str = "") -> SafeString:
    """firms: ids and names. Through Django's templates a hundred take longer than the page."""
    rows = ((str(pk), " selected" if str(pk) == chosen else "", name) for pk, name in firms)
    return lines(OPTION, rows)


class FirmSelect(forms.Select):
    """The enterprises that the field offers, or what stands instead of them."""

    instead = SafeString("")

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        firms: Any = self.choices
        options = self.instead or firm_options(
            firms.queryset.values_list("pk", "name"), str(value or "")
        )
        return format_html(SELECT, name, flatatt(self.build_attrs(self.attrs, attrs)), ALL, options)


class WithUnion(FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Filters of which one is a union; it means the union and all below it."""

    seen_by: Callable[[User, Union | None], "QuerySet[Any]"]  # what it chooses from

    def __init__(self, data: Mapping[str, Any], *, user: User, request: Any) -> None:
        super().__init__(data, queryset=self.seen_by(user, None), request=request)
        self.user = user
        self.form.fields["union"].widget.user = user

    def filter_queryset(self, rows: "QuerySet[Any]") -> Any:
        # The union stands for the scope, not beside it: PostgreSQL plans two lists of unions
        # longer than it reads the rows.
        union = self.form.cleaned_data.get("union")
        return super().filter_queryset(self.seen_by(self.user, union) if union else rows)

    def is_scope(self, rows: "QuerySet[Any]", name: str, union: Union) -> Any:
        return rows

    def unions(self) -> list[int]:
        """Ids of those whose rows these are; of a form that was checked."""
        return self.user.union_ids(SEE_PEOPLE, self.form.cleaned_data.get("union"))


def _unions(request: Any) -> UnionQuerySet:
    return Union.objects.reached_by(request.user, SEE_PEOPLE).order_by("path")


def _enterprises(request: Any) -> EnterpriseQuerySet:
    return enterprises_for(request.user).order_by("pk")


class ViewName(WithoutColon):
    name = CellField(
        plain(20),
        label="名称",
        max_length=20,
        help_text="例如：今年新入会、缺京卡的。",
        widget=forms.TextInput(attrs={"class": "w-s"}),
    )


class MemberFilter(WithUnion):
    """Filters of the list of people."""

    seen_by = staticmethod(memberships_for)
    status = ChoiceFilter(label="会籍状态", choices=rules.Status.choices, empty_label=ALL)
    union = ModelChoiceFilter(
        label="工会",
        to_field_name="code",
        empty_label=ALL,
        method="is_scope",
        queryset=_unions,
        widget=UnionSelect,
    )
    enterprise = ModelChoiceFilter(
        label="工作单位", empty_label=ALL, queryset=_enterprises, widget=FirmSelect
    )
    route = ChoiceFilter(label="入会途径", choices=rules.Route.choices, empty_label=ALL)
    sex = ChoiceFilter(label="性别", choices=rules.Sex.choices, empty_label=ALL)
    joined_from = DateFilter(
        label="入会日期从", field_name="joined_on", lookup_expr="gte", widget=DATE_INPUT
    )
    joined_to = DateFilter(label="到", field_name="joined_on", lookup_expr="lte", widget=DATE_INPUT)
    missing = ChoiceFilter(
        label="缺少资料",
        choices=[("card", "京卡卡号"), ("mobile", "手机号码"), ("route", "入会途径")],
        empty_label="不限",
        method="lacking",
        widget=forms.HiddenInput,  # the ready-made views set it, its chip takes it away
    )

    def lacking(self, rows: "QuerySet[Membership]", name: str, what: str) -> Any:
        if what == "route":
            return rows.filter(route="")
        return rows.filter(**{f"lacks_{what}": True})


class EnterpriseFilter(WithUnion):
    """Filters of the ledger of enterprises. The text is posted apart: it may be a person's name."""

    seen_by = staticmethod(enterprises_for)
    union = ModelChoiceFilter(
        label="工会",
        to_field_name="code",
        empty_label=ALL,
        method="is_scope",
        queryset=_unions,
        widget=UnionSelect,
    )
    size = ChoiceFilter(label="规模", choices=sizes.Size.choices, empty_label=ALL)
    place = ChoiceFilter(label="位置", choices=rules.Place.choices, empty_label=ALL)
    industry = ChoiceFilter(
        label="行业", choices=[(label, label) for label in INDUSTRIES], empty_label=ALL
    )
