"""What a person types about enterprises."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from members import sizes
from members.forms.fields import (
    CellField,
    Correcting,
    DayField,
    Lines,
    WithoutColon,
    offer,
    plain,
)
from members.selectors.enterprises import INDUSTRIES
from wanping_union.accounts.models import Union, UnionQuerySet
from wanping_union.forms import MoneyField
from wanping_union.imports import cells


class EnterpriseForm(WithoutColon):
    union = forms.ModelChoiceField(
        label="所属工会", queryset=Union.objects.none(), empty_label="请选择"
    )
    name = CellField(plain(120), label="单位名称", max_length=120)
    uscc = CellField(
        cells.uscc,
        label="统一社会信用代码",
        required=False,
        max_length=30,
        help_text="18 位，在营业执照上。",
    )
    industry = forms.ChoiceField(
        label="行业（划型办法的行业）",
        required=False,
        choices=[("", "还不清楚"), *((label, label) for label in INDUSTRIES)],
        help_text="决定按哪几项指标划分大中小微。",
    )
    industry_code = CellField(
        plain(8),
        label="行业代码",
        required=False,
        max_length=8,
        help_text="国民经济行业分类代码，例如 F52、K702；不知道可以不填。",
        widget=forms.TextInput(attrs={"class": "w-s"}),
    )
    covered_from = DayField(
        label="工会覆盖起", required=False, help_text="还没有工会覆盖的，留空。"
    )
    address = CellField(plain(120), label="地址", required=False, max_length=120)

    def __init__(self, *args: Any, unions: UnionQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "union", unions)
        stored = self.initial.get("industry", "")
        if stored and stored not in INDUSTRIES:  # an import keeps the ledger's own word
            industry = self.fields["industry"]
            assert isinstance(industry, forms.ChoiceField)
            industry.choices = [(stored, stored), *EnterpriseForm.base_fields["industry"].choices]  # type: ignore[attr-defined]

    def clean_industry_code(self) -> str:
        code: str = self.cleaned_data["industry_code"].upper()
        if code and sizes.industry_of(code, "") is None:
            raise ValidationError(
                "行业代码不对，请对照国民经济行业分类改正，例如 F52；不知道可以留空。"
            )
        return code


class CorrectEnterprise(Correcting, EnterpriseForm):
    """The same facts once more."""


class Year(WithoutColon):
    year = forms.IntegerField(
        label="年度", widget=forms.NumberInput(attrs={"class": "w-xs", "inputmode": "numeric"})
    )
    headcount = CellField(
        cells.whole,
        label="从业人员（人）",
        required=False,
        max_length=12,
        widget=forms.TextInput(attrs={"class": "w-s", "inputmode": "numeric"}),
    )
    revenue = MoneyField(label="营业收入（万元）", unit="万元", digits=12, required=False)
    assets = MoneyField(label="资产总额（万元）", unit="万元", digits=12, required=False)


class OverrideSize(WithoutColon):
    size = forms.ChoiceField(
        label="认定规模",
        required=False,
        choices=[
            ("", "按划型办法计算（取消人工认定）"),
            *((s.value, s.label) for s in sizes.Size if s != sizes.Size.UNKNOWN),
        ],
        widget=forms.RadioSelect,
    )
    evidence = CellField(
        plain(200),
        label="认定依据",
        required=False,
        max_length=200,
        help_text="例如：市场监管部门小微企业名录，2016-05-10 查询。",
        widget=Lines,
    )


class Relocate(WithoutColon):
    on = DayField(label="外迁日期")
    note = CellField(plain(200), label="说明", required=False, max_length=200)
