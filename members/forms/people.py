"""What a person types about people and their memberships."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import QuerySet

from members import rules
from members.forms.consent import Told
from members.forms.fields import (
    SECRET,
    CellField,
    Correcting,
    DayField,
    Lines,
    WithoutColon,
    offer,
    plain,
)
from members.models import Enterprise
from members.services import PersonFacts
from wanping_union import clock
from wanping_union.imports import cells


def _card(text: str) -> str:
    digits = "".join(text.split())
    if digits and not (digits.isascii() and digits.isdecimal() and 16 <= len(digits) <= 19):
        raise ValidationError("京卡卡号应为 16 到 19 位数字，请对照卡片改正。")
    return digits


class PersonForm(WithoutColon):
    """Facts of a person; subclasses say whether the numbers are needed."""

    name = CellField(
        lambda text: cells.name(text, 40),
        label="姓名",
        max_length=60,
        validators=[RegexValidator(r"\d", "姓名里有数字，请核对。", inverse_match=True)],
    )
    id_type = forms.ChoiceField(
        label="证件类型", choices=rules.IdType.choices, initial=rules.IdType.RESIDENT_ID
    )
    id_number = forms.CharField(
        label="证件号码",
        max_length=40,
        help_text="18 位居民身份证号码，末位 X 大小写都可以。",
        widget=forms.TextInput(attrs=SECRET),
    )
    sex = forms.ChoiceField(
        label="性别",
        choices=rules.Sex.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text="填身份证号码的可以不选，系统按号码填写。",
    )
    born_on = DayField(label="出生日期", required=False, help_text="填身份证号码的可以不填。")
    mobile = CellField(
        cells.mobile,
        label="手机号码",
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs=SECRET | {"inputmode": "tel", "class": "w-s"}),
    )
    card = CellField(
        _card,
        label="京卡卡号",
        required=False,
        max_length=30,
        help_text="京卡·互助服务卡，没有可以以后补。",
        widget=forms.TextInput(attrs=SECRET | {"inputmode": "numeric"}),
    )
    ethnicity = CellField(plain(20), label="民族", required=False, max_length=20)
    education = forms.ChoiceField(
        label="学历", choices=[("", "未填写"), *rules.Education.choices], required=False
    )
    household = forms.ChoiceField(
        label="户籍类型", choices=[("", "未填写"), *rules.Household.choices], required=False
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        number = values.get("id_number")
        if not number or "id_type" not in values:
            return values
        try:
            self._read_number(values, number)
        except cells.BadCell as bad:
            self.add_error("id_number", ValidationError(bad.sentence, bad.code))
        return values

    def _read_number(self, values: dict[str, Any], number: str) -> None:
        if values["id_type"] not in (rules.IdType.RESIDENT_ID, rules.IdType.HMT_PERMIT):
            values["id_number"] = cells.required(cells.text(number, 30)).replace(" ", "").upper()
            for name in ("sex", "born_on"):
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, "护照等证件看不出这一项，请填写。")
            return
        values["id_number"] = number = cells.id_number(number, clock.today())
        born_on, sex = cells.birth_and_sex(number)
        if values.get("sex") and values["sex"] != sex:
            words = cells.BadCell("id_sex_mismatch", value=rules.Sex(sex).label)
            self.add_error("sex", words.sentence)
        if values.get("born_on") and values["born_on"] != born_on:
            self.add_error("born_on", cells.BadCell("id_birth_mismatch", value=born_on).sentence)
        values |= {"sex": sex, "born_on": born_on}

    def facts(self) -> PersonFacts:
        """What was typed, for the service."""
        return PersonFacts(**{name: self.cleaned_data[name] for name in PersonForm.base_fields})


class Correct(Told, Correcting, PersonForm):
    """A blank number leaves the stored one: the form never shows it."""

    told = None  # type: ignore[assignment]  # asked when the person was registered

    clear = forms.MultipleChoiceField(
        label="删除已登记的号码",
        choices=[("mobile", "手机号码"), ("card", "京卡卡号")],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("id_number", "mobile", "card"):
            self.fields[name].required = False
            self.fields[name].help_text = "留空表示不改。"

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        for name in ("sex", "born_on"):
            if not values.get(name) and name not in self.errors:
                self.add_error(name, "请填写这一项。")
        return values


class MembershipForm(WithoutColon):
    """Facts of a membership."""

    enterprise = forms.ModelChoiceField(
        label="工作单位",
        queryset=Enterprise.objects.none(),
        required=False,
        empty_label="没有固定单位（零散会员）或单位不在台账中",
    )
    joined_on = DayField(label="入会日期", help_text="工会委员会批准入会的那一天。")
    route = forms.ChoiceField(
        label="入会途径", choices=[("", "还不清楚"), *rules.Route.choices], required=False
    )
    occupation = CellField(plain(40), label="工种", required=False, max_length=40)
    remark = CellField(
        plain(200),
        label="备注",
        required=False,
        max_length=200,
        help_text="请不要写病情等敏感信息。",
    )

    def __init__(self, *args: Any, enterprises: "QuerySet[Enterprise]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "enterprise", enterprises)


class CorrectMembership(Correcting, MembershipForm):
    """The same facts once more."""


class Register(Told, MembershipForm, PersonForm):
    field_order = [*PersonForm.base_fields, *MembershipForm.base_fields, *Told.base_fields]

    def membership(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in MembershipForm.base_fields}


class When(WithoutColon):
    """A step's day and a note that may be left out."""

    on = DayField(label="生效日期")
    note = CellField(plain(200), label="说明", required=False, max_length=200, widget=Lines)


class WhenAndWhy(When):
    note = CellField(
        plain(200),
        label="原因和依据",
        max_length=200,
        widget=Lines,
        help_text="例如：会议名称和日期、决定文号、更正的原因。",
    )


class Retain(When):
    reason = forms.ChoiceField(
        label="保留原因", choices=rules.RetainReason.choices, widget=forms.RadioSelect
    )
    field_order = ["reason", "on", "note"]


class Reason(WithoutColon):
    """Why masked data is looked at: written to the audit, seen by whoever sees the person."""

    reason = CellField(
        plain(100),
        label="查看理由",
        min_length=2,
        max_length=100,
        help_text="例如：为本人办理京卡，核对证件号码。理由会记入查看记录。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
