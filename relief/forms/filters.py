"""Filters of the lists of cases and of hardship files."""

from typing import Any

from django import forms
from django.http import Http404, QueryDict

from members.selectors.unions import unions_for
from relief.hardship import CategoryA, CategoryB
from relief.rules import Status
from wanping_union.accounts.models import Union, User
from wanping_union.roles import SEE_RELIEF

GENERATIONS = (("a", "2016 年三类", CategoryA.choices), ("b", "2018 年后三类", CategoryB.choices))
CATEGORY_CHOICES: list[Any] = [
    ("", "全部"),
    *((words, [(key, f"{words}（全部）"), *choices]) for key, words, choices in GENERATIONS),
]
CATEGORY_WORDS = {key: words for _, choices in CATEGORY_CHOICES[1:] for key, words in choices}
SHOWN = [(status.value, status.label) for status in Status if status != Status.DRAFT]


class Filter(forms.Form):
    view = forms.CharField(required=False, widget=forms.HiddenInput)  # goes along
    union = forms.ModelChoiceField(
        Union.objects.none(),
        label="工会",
        required=False,
        empty_label="全部",
        to_field_name="code",
        label_suffix="",
    )

    def __init__(self, typed: QueryDict, *, user: User) -> None:
        super().__init__(typed)
        rows = unions_for(user, SEE_RELIEF).order_by("path")
        self.fields["union"].queryset = rows  # type: ignore[attr-defined]  # a ModelChoiceField

    def values(self) -> dict[str, Any]:
        """What was chosen of the rest. Raises Http404 for a union that is not the person's."""
        if not self.is_valid() and "union" in self.errors:
            raise Http404("union")
        return {n: value for n, value in self.cleaned_data.items() if value and n != "view"}

    def shown(self, name: str) -> str:
        """A chosen value in words."""
        return str(self.cleaned_data[name])


class CaseFilter(Filter):
    status = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), *SHOWN], label_suffix=""
    )

    field_order = ("view", "status", "union")

    def shown(self, name: str) -> str:
        return str(dict(SHOWN).get(self.cleaned_data[name], "")) or super().shown(name)


class FileFilter(Filter):
    category = forms.ChoiceField(
        label="困难类别", required=False, choices=CATEGORY_CHOICES, label_suffix=""
    )

    field_order = ("view", "category", "union")

    def shown(self, name: str) -> str:
        return CATEGORY_WORDS.get(self.data[name], "") or super().shown(name)
