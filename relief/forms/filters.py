"""Filters of the list of cases."""

from typing import Any

from django import forms
from django.http import Http404, QueryDict

from members.selectors.unions import unions_for
from relief.rules import Status
from wanping_union.accounts.models import Union, User
from wanping_union.roles import SEE_RELIEF

SHOWN = [(status.value, status.label) for status in Status if status != Status.DRAFT]


class CaseFilter(forms.Form):
    view = forms.CharField(required=False, widget=forms.HiddenInput)  # goes along
    status = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), *SHOWN], label_suffix=""
    )
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
        value = self.cleaned_data[name]
        return str(dict(SHOWN).get(value, value))
