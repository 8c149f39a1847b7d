"""The household's file as its unit types it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from members.forms.fields import CellField, DayField, plain
from members.rules import IdType
from relief.forms.apply import secret
from relief.models import HouseholdMember
from relief.models.household import TYPES, LineKind, LineType
from relief.rules import Relation
from relief.services import LineFacts, MemberFacts
from wanping_union import clock
from wanping_union.forms import Form, MoneyField
from wanping_union.imports import cells
from wanping_union.rights.models import Notice

COUNTED = (LineType.HOME, LineType.VEHICLE)  # how many, not yuan
MOST = 99  # homes or vehicles
KEPT = ("relation", "name", "id_number", "born_on", "is_cohabiting")
BLANK = ("", None)


class Contact(Form):
    address = forms.CharField(
        label="现住址",
        max_length=120,
        help_text="走访要用，写到门牌号。",
        widget=secret(),
    )
    mobile = CellField(
        cells.mobile,
        label="联系电话",
        max_length=30,
        widget=secret(inputmode="tel", **{"class": "w-s"}),
    )


class Member(Form):
    """A blank number leaves the stored one: the form never shows it."""

    relation = forms.ChoiceField(
        label="和职工的关系",
        choices=[choice for choice in Relation.choices if choice[0] != Relation.SELF],
        widget=forms.RadioSelect,
    )
    name = CellField(lambda text: cells.name(text, 40), label="姓名", max_length=60)
    id_type = forms.ChoiceField(
        label="证件类型", choices=IdType.choices, initial=IdType.RESIDENT_ID
    )
    id_number = forms.CharField(
        label="证件号码",
        max_length=40,
        help_text="18 位居民身份证号码。小孩的在户口簿上。",
        widget=secret(),
    )
    born_on = DayField(label="出生日期", required=False, help_text="填身份证号码的不用填。")
    is_cohabiting = forms.BooleanField(label="和职工共同生活", required=False, initial=True)
    work = CellField(plain(80), label="工作或就学", required=False, max_length=80)
    health = forms.CharField(
        label="健康状况", required=False, max_length=200, widget=secret(),
        help_text="例如：健康，长期慢性病，重度残疾。",
    )  # fmt: skip

    def __init__(self, *args: Any, member: HouseholdMember | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        if member is None:
            return
        self.fields["id_number"].required = False
        self.fields["id_number"].help_text = f"已登记 {member.masked_id_number}，留空表示不改。"
        if member.relation == Relation.SELF:  # as in the register of members
            for name in ("relation", "name", "id_type", "id_number", "born_on", "is_cohabiting"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("id_number") and "id_type" in values:
            self._read_number(values)
        return values

    def _read_number(self, values: dict[str, Any]) -> None:
        if values["id_type"] not in (IdType.RESIDENT_ID, IdType.HMT_PERMIT):
            values["id_number"] = "".join(values["id_number"].split()).upper()
            if not values.get("born_on") and "born_on" not in self.errors:
                self.add_error("born_on", "护照等证件看不出出生日期，请填写。")
            return
        try:
            values["id_number"] = cells.id_number(values["id_number"], clock.today())
        except cells.BadCell as bad:
            self.add_error("id_number", ValidationError(bad.sentence, bad.code))
            return
        values["born_on"], _ = cells.birth_and_sex(values["id_number"])

    def facts(self) -> MemberFacts:
        """What was typed; as it is stored what the form does not ask or was left blank."""
        facts: dict[str, Any] = {"work": "", "health": ""}
        if self.member:
            facts |= {name: getattr(self.member, name) for name in KEPT}
        answers = {name: value for name, value in self.cleaned_data.items() if value not in BLANK}
        answers.pop("id_type", None)
        return MemberFacts(**facts | answers)


def shown(member: HouseholdMember) -> dict[str, Any]:
    """What a form shows of somebody; never the number."""
    names = ("relation", "name", "is_cohabiting", "work", "health")
    return {name: getattr(member, name) for name in names} | {"born_on": member.born_on}


class Finances(Form):
    """One year's incomes, costs and property of the whole household; blank is not known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for types in TYPES.values():
            for line in types:
                self.fields[line.value] = _amount(line)
        self.fields["words"] = forms.CharField(
            label="说明",
            required=False,
            max_length=200,
            widget=secret(),
            help_text="例如：住房是承租的公房；车用来跑运输。",
        )

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        groups = [
            (kind.label, [self[line.value] for line in types]) for kind, types in TYPES.items()
        ]
        groups[-1][1].append(self["words"])
        return groups

    def lines(self, kind: LineKind) -> list[LineFacts]:
        """Those that were answered; the words go with the first one of property."""
        words = self.cleaned_data["words"] if kind == LineKind.PROPERTY else ""
        found = []
        for line in TYPES[kind]:
            amount = self.cleaned_data[line.value]
            if amount is not None:
                found.append(LineFacts(line, Decimal(amount), words=words))
                words = ""
        return found


def _amount(line: LineType) -> forms.Field:
    if line in COUNTED:
        widget = forms.NumberInput(attrs={"class": "w-xs", "data-nosave": ""})
        return forms.IntegerField(
            label=line.label, required=False, min_value=0, max_value=MOST, widget=widget
        )
    field = MoneyField(label=line.label, required=False)
    field.widget.attrs["data-nosave"] = ""
    return field


class Agree(Form):
    """purposes: those asked of this person, each ticked by itself (PIPL Art. 14, 29)."""

    given_on = DayField(label="签字日期")

    def __init__(self, *args: Any, notices: Mapping[str, Notice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for purpose, notice in notices.items():
            self.fields[purpose] = forms.BooleanField(
                label=f"已向本人出示{notice}，本人签字同意",
                required=False,
                widget=forms.CheckboxInput(attrs={"data-nosave": ""}),
            )
        self.order_fields([*notices, "given_on"])
        self.purposes = list(notices)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not any(values.get(purpose) for purpose in self.purposes):
            self.add_error(None, "请先勾选本人同意的那一项。")
        return values

    def agreed(self) -> list[str]:
        return [purpose for purpose in self.purposes if self.cleaned_data[purpose]]


class Withdraw(Form):
    reason = forms.CharField(label="原因", required=False, max_length=200)


class Sure(Form):
    """An act that only needs to be confirmed."""
