"""What a person chooses on the report pages: a union, a month, a period."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from wanping_union import clock
from wanping_union.accounts.models import Union

EARLIEST = date(2000, 1, 1)


class ChooseUnion(forms.Form):
    union = forms.ChoiceField(label="工会")

    def __init__(self, unions: Sequence[Union], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["union"].choices = [(u.code, f"{u.code} {u}") for u in unions]  # type: ignore[attr-defined]  # a ChoiceField


class ChooseMonth(ChooseUnion):
    month = forms.DateField(
        label="月份",
        input_formats=["%Y-%m"],
        widget=forms.DateInput(format="%Y-%m", attrs={"type": "month", "placeholder": "2016-12"}),
        error_messages={
            "required": "请选择月份。",
            "invalid": "月份写成“年-月”，例如 2016-12。",
        },
    )

    def clean_month(self) -> date:
        month: date = self.cleaned_data["month"]
        if not EARLIEST <= month <= clock.today():
            raise forms.ValidationError("请选择本月或以前的月份（2000年以后）。")
        return month


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": "请选择日期。",
            "invalid": "日期写成“年-月-日”，例如 2016-12-31。",
        },
    )


class ChoosePeriod(ChooseUnion):
    start = _day("从")
    end = _day("到")

    def add_prefix(self, field_name: str) -> str:
        """The address says from and to, which Python keeps for itself."""
        return {"start": "from", "end": "to"}.get(field_name, field_name)

    def clean(self) -> dict[str, Any]:
        start, end = self.cleaned_data.get("start"), self.cleaned_data.get("end")
        if start and end and end < start:
            self.add_error("end", "结束日期不能早于开始日期。")
        if any(day and day < EARLIEST for day in (start, end)):
            self.add_error("start", "请选择2000年以后的日期。")
        return self.cleaned_data
