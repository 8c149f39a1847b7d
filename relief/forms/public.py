"""What anybody may type without signing in."""

from datetime import date
from typing import Any

from django import forms

from members.forms.fields import DayField
from relief.eligibility import Facts
from relief.rules import ADULT_AT, Cause, Disease, Relation
from relief.terms import NOTHING, BillSums, Paid
from wanping_union.forms import Form, MoneyField
from wanping_union.limits import Limit
from wanping_union.open_forms import OpenForm

CHILD, GROWN = "child", "grown"
WHO = [
    (Relation.SELF.value, "工会会员本人"),
    (Relation.SPOUSE.value, "会员的配偶"),
    (CHILD, f"会员未满 {ADULT_AT} 周岁的子女"),
    (GROWN, f"会员已满 {ADULT_AT} 周岁的子女"),
    (Relation.PARENT.value, "会员的父母"),
]


def money(label: str, hint: str = "没有的不用填。") -> MoneyField:
    return MoneyField(label=label, required=False, help_text=hint)


class Check(Form):
    """算一算: numbers only, nobody's name."""

    who = forms.ChoiceField(label="替谁算", choices=WHO, widget=forms.RadioSelect)
    cause = forms.ChoiceField(label="困难原因", choices=Cause.choices, widget=forms.RadioSelect)
    happened_on = DayField(label="发生日期", help_text="确诊、住院或出事的那一天。")
    disease = forms.ChoiceField(
        label="疾病种类", choices=[("", "没有生病，或还不清楚"), *Disease.choices], required=False,
        help_text="生病的选。",
    )  # fmt: skip
    total = money("医疗总费用（元）", "生病的填，今年的医疗费加起来。")
    insurance = money("医保支付（元）")
    reimbursed = money("二次报销、大病保险（元）")
    mutual_aid = money("互助保障赔付（元）")
    other = money("其他补偿（元）")
    loss = money("核定的损失（元）", "遇到灾害、意外的填。")
    paid = money("今年已经得到的应急救助（元）")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors and self._bill().self_paid < 0:
            self.add_error("total", "报销和补偿加起来超过了总费用，请核对。")
        return values

    def _bill(self) -> BillSums:
        sums = {n: self.cleaned_data[n] or NOTHING for n in BillSums.__dataclass_fields__}
        return BillSums(**sums)

    def facts(self, today: date) -> Facts:
        values = self.cleaned_data
        who = values["who"]
        bill = self._bill()
        born_on = {CHILD: today, GROWN: date(today.year - ADULT_AT - 1, 1, 1)}.get(who)
        paid = values["paid"] or NOTHING
        return Facts(
            cause=Cause(values["cause"]),
            relation=Relation.CHILD if who in (CHILD, GROWN) else Relation(who),
            applied_on=today,
            born_on=born_on,
            happened_on=values["happened_on"],
            disease=values["disease"],
            bills=(bill,) if bill.total else (),
            loss=values["loss"],
            paid=Paid(paid, paid),
        )


class ObjectTo(OpenForm):
    limit = Limit("objection", most=5, seconds=3600)

    text = forms.CharField(
        label="您反映的情况",
        min_length=5,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5, "data-nosave": ""}),
        help_text="请写事实，例如：他家另有两套房出租。不用写您的姓名。",
    )
    contact = forms.CharField(
        label="怎样联系您",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-nosave": ""}),
        help_text="想知道核查结果的留个电话，只有核查人看得到。",
    )

    def said(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("text", "contact")}
