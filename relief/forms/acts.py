"""What each step of a case asks. The names of the fields are the keywords of its service."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from members.forms.fields import DayField, Lines
from relief import documents, rules
from relief.models.papers import Asked
from relief.rules import Place, Receiver
from wanping_union.forms import Form, MoneyField

LONG = 1000  # characters of a free text
DECLARATION = "我声明：与申请人没有亲属关系，也没有其他利害关系"


def text(label: str, *, required: bool = True, hint: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=LONG, widget=Lines(), help_text=hint
    )


def names(typed: str) -> list[str]:
    """Of people, however they are set apart."""
    for sign in "，,；;\n\r\t 　":
        typed = typed.replace(sign, "、")
    return [name[:50] for name in typed.split("、") if name]


class Nothing(Form):
    """For steps that only need to be confirmed."""


class Remark(Form):
    note = forms.CharField(label="说明", required=False, max_length=200)


class Reason(Form):
    reason = text("理由", hint="请写具体：申请人会看到。")


class Committee(Form):
    """单位核实: who of the committee verified."""

    committee = forms.CharField(
        label="核实人",
        max_length=200,
        widget=Lines(),
        help_text="三名以上委员或工会小组长的姓名，用顿号、逗号或换行隔开。",
    )
    note = forms.CharField(label="说明", required=False, max_length=200)

    def clean_committee(self) -> list[str]:
        return names(self.cleaned_data["committee"])


class Visit(Form):
    on = DayField(label="日期")
    place = forms.ChoiceField(label="地点", choices=Place.choices, widget=forms.RadioSelect)
    place_words = forms.CharField(
        label="具体地点", required=False, max_length=100, help_text="例如：丰台医院 5 病区"
    )
    people = forms.IntegerField(
        label="去了几个人", min_value=1, max_value=50, widget=forms.NumberInput({"class": "w-xs"})
    )
    who = forms.CharField(
        label="走访人", required=False, max_length=200, help_text="姓名，用顿号隔开。"
    )
    seen = text("亲眼所见", required=False)
    told = text("听说的情况", required=False)
    gift = forms.CharField(label="慰问品", required=False, max_length=100)


class Grant(Form):
    """approve and propose ask the same."""

    amount = MoneyField(label="批准金额（元）")
    unrelated = forms.BooleanField(label=DECLARATION)
    note = text("说明", required=False, hint="金额与建议不一样的，写明理由。")


class Confirm(Form):
    unrelated = forms.BooleanField(label=DECLARATION)
    note = text("说明", required=False)


class PapersWidget(forms.MultiWidget):
    """One line of text for each paper; a paper that is in order stays empty."""

    template_name = "relief/_papers_widget.html"
    use_fieldset = True

    def __init__(self) -> None:
        lines: dict[str, forms.Widget | type[forms.Widget]] = {
            document.code: forms.TextInput({"class": "input", "maxlength": 200})
            for document in documents.ALL
        }
        super().__init__(lines)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        lines = context["widget"]["subwidgets"]
        for line, document in zip(lines, documents.ALL, strict=True):
            line["label"] = document.label
        return context

    def decompress(self, value: Any) -> list[str]:
        why: Mapping[str, str] = dict(value or ())
        return [why.get(document.code, "") for document in documents.ALL]


class PapersField(forms.Field):
    """Each paper to mend with why, once for all: a list of Asked."""

    widget = PapersWidget

    def clean(self, value: Any) -> list[Asked]:
        pairs = zip(documents.ALL, value or (), strict=False)
        asked = [
            Asked(document.code, why.strip()) for document, why in pairs if (why or "").strip()
        ]
        if not asked:
            raise ValidationError("请在要补正的材料后面写明原因，至少一份。", "required")
        return asked


class Return(Form):
    papers = PapersField(
        label="要补正的材料和原因",
        help_text="一次写全，以后不再为同样的事退回；不用补正的留空。退回期间办理期限暂停计算。",
    )


class Override(Form):
    is_met = forms.TypedChoiceField(
        label="您的认定",
        choices=(("yes", "符合"), ("no", "不符合")),
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reason = text("理由", hint="会留在案卷里，并计入人工认定的统计。")


class Verdict(Form):
    is_duplicate = forms.TypedChoiceField(
        label="您的认定",
        choices=(("no", "不是重复：事由不同"), ("yes", "是重复：同一事由已经救助")),
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reason = text("理由", hint="下一位审核人会看到，不用再查一遍。")


class Answer(Form):
    answer = text("核查结果")


class FollowUp(Form):
    on = DayField(label="回访日期")
    words = text("回访情况", hint="现在的生活、治疗和困难。")
    is_hard_again = forms.BooleanField(label="家庭又陷入困难（返困）", required=False)


class Refer(Form):
    to = forms.ChoiceField(label="转给", choices=Receiver.choices, widget=forms.RadioSelect)
    office = forms.CharField(
        label="接收单位", max_length=60, help_text="例如：卢沟桥街道市民活动中心、区法律援助中心"
    )
    need = text("需要帮助的事项和原因", hint="只写接收单位办理所必需的情况。")
    agreed_on = DayField(
        label="本人同意日期",
        help_text="要先告诉本人：转给谁、为什么、转哪些情况，并取得单独同意（个人信息保护法第二十三条）。",
    )


class Outcome(Form):
    outcome = forms.ChoiceField(
        label="结果", choices=rules.Outcome.choices, widget=forms.RadioSelect
    )
    on = DayField(label="日期")
    words = text("结果说明")


class Confer(Form):
    on = DayField(label="会商日期")
    place = forms.CharField(label="地点", max_length=60)
    people = forms.CharField(
        label="参加人",
        max_length=500,
        widget=Lines(),
        help_text="两人以上，姓名用顿号、逗号或换行隔开；可以写上单位，例如：王城（地区总工会）。",
    )
    opinions = text("各方意见")
    conclusion = text("会商结论")

    def clean_people(self) -> list[str]:
        return names(self.cleaned_data["people"])
