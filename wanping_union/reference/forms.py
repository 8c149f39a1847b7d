"""What the administrator types about one dated value."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from wanping_union.forms import Form
from wanping_union.reference.models import Confidence

DAY = "%Y-%m-%d"
STATES = (("", "全部"), ("valid", "现行"), ("over", "已过期"), ("coming", "将要变化"))


def _day(label: str, *, required: bool = True, hint: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format=DAY)
    return forms.DateField(label=label, required=required, help_text=hint, widget=widget)


def _short(kind: type[forms.Field], label: str, **kwargs: Any) -> Any:
    return kind(label=label, widget=forms.TextInput(attrs={"class": "w-s"}), **kwargs)


class Row(Form):
    """Field names are those of ReferenceValue."""

    label = forms.CharField(label="名称", max_length=120)
    key = forms.RegexField(
        r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$",
        label="代码",
        max_length=80,
        help_text="用点分段的小写英文，如 minimum_wage.monthly；历次变化用同一个代码。",
        error_messages={"invalid": "代码只用小写英文、数字、下划线，中间至少有一个点。"},
    )
    value = _short(forms.DecimalField, "数值", required=False, max_digits=14, decimal_places=4)
    unit = _short(forms.CharField, "单位", required=False, max_length=40)
    text = forms.CharField(
        label="文字", required=False, max_length=500, help_text="不是数值的规定写在这里。"
    )
    valid_from = _day("有效期起")
    valid_to = _day("有效期止", required=False, hint="长期有效的留空；有新文件时新增一行即可。")
    source = forms.CharField(
        label="来源", max_length=300, help_text="文件名称和文号，让别人能找到原文。"
    )
    confidence = forms.ChoiceField(
        label="可信程度",
        choices=Confidence.choices,
        widget=forms.RadioSelect,
        help_text="看过正式文件选“已核实”；没看到原文选“待核实”。",
    )
    note = forms.CharField(label="备注", required=False, max_length=500)

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("value") is None and not typed.get("text") and "value" not in self.errors:
            self.add_error("value", "数值和文字至少填一项。")
        start, end = typed.get("valid_from"), typed.get("valid_to")
        if start and end and end < start:
            self.add_error("valid_to", "有效期止不能早于有效期起。")
        return typed


class Filters(forms.Form):
    text = forms.CharField(
        label="名称或来源",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(label="有效期", choices=STATES, required=False)
    unverified = forms.ChoiceField(
        label="可信程度", choices=(("", "全部"), ("1", "只看待核实")), required=False
    )


class Days(forms.CharField):
    """One day a line: 2027-01-01 元旦. Gives {day: what follows it}."""

    widget = forms.Textarea(attrs={"rows": 12})

    def clean(self, value: Any) -> dict[date, str]:
        found: dict[date, str] = {}
        for line in filter(None, map(str.strip, super().clean(value).splitlines())):
            day, _, name = line.partition(" ")
            try:
                found[date.fromisoformat(day)] = name.strip()[:20]
            except ValueError:
                words = f"“{line[:30]}”看不懂。每行写一天，例如：2027-01-01 元旦。"
                raise ValidationError(words) from None
        return found


class Year(Form):
    """Field names are the keywords of services.save_year."""

    off = Days(label="放假", help_text="每行一天，例如：2027-01-01 元旦。连休中的周末也要写。")
    worked = Days(label="调休上班", required=False, help_text="周末要上班的日子，每行一天。")
    source = forms.CharField(
        label="来源", max_length=300, help_text="国务院办公厅当年的通知和文号。"
    )
