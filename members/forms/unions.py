"""What a person types about unions."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from members.forms.fields import AnyDayField, CellField, DayField, WithoutColon, offer, plain
from members.models import UnionProfile
from members.selectors.unions import COLUMNS, ROWS
from members.services.unions import PARENTS
from wanping_union.accounts.models import Union, UnionQuerySet
from wanping_union.imports import cells

PROFILE = (
    "org_form",
    "approval_no",
    "approved_by",
    "approved_on",
    "predecessor",
    "former_names",
    "chair_name",
    "term_from",
    "term_years",
    "address",
    "phone",
    "tile_row",
    "tile_column",
)


class EditUnion(WithoutColon):
    """Name and profile. Blank facts show 待补 on the page."""

    name = CellField(plain(80), label="名称", max_length=80)
    org_form = CellField(
        plain(40),
        label="组织形式",
        required=False,
        max_length=40,
        help_text="例如：工会委员会、工会联合会、工会工作委员会。",
    )
    approval_no = CellField(plain(60), label="批准文号", required=False, max_length=60)
    approved_by = CellField(plain(80), label="批准机关", required=False, max_length=80)
    approved_on = DayField(label="批准日期", required=False)
    predecessor = forms.ModelChoiceField(
        label="前身",
        queryset=Union.objects.none(),
        required=False,
        empty_label="没有",
        help_text="由哪个工会更名、合并或分设而来。",
    )
    former_names = CellField(plain(200), label="曾用名", required=False, max_length=200)
    chair_name = CellField(lambda text: cells.name(text, 40), label="主席", required=False)
    term_from = DayField(label="本届任期起", required=False)
    term_years = forms.TypedChoiceField(
        label="任期",
        required=False,
        choices=[("", "还不清楚"), ("3", "3 年"), ("5", "5 年")],
        coerce=int,
        empty_value=None,
        help_text="基层工会 3 年或 5 年，地方总工会 5 年。",
    )
    address = CellField(plain(120), label="办公地址", required=False, max_length=120)
    phone = CellField(plain(20), label="办公电话", required=False, max_length=20)
    tile_row = forms.IntegerField(
        label="方位图第几行",
        required=False,
        min_value=1,
        max_value=ROWS,
        widget=forms.NumberInput(attrs={"class": "w-xs"}),
    )
    tile_column = forms.IntegerField(
        label="方位图第几列",
        required=False,
        min_value=1,
        max_value=COLUMNS,
        widget=forms.NumberInput(attrs={"class": "w-xs"}),
    )

    def __init__(self, *args: Any, unions: UnionQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "predecessor", unions)

    def profile(self) -> dict[str, Any]:
        """Columns of UnionProfile."""
        return {name: self.cleaned_data[name] for name in PROFILE}

    @staticmethod
    def written(union: Union, profile: UnionProfile) -> Mapping[str, Any]:
        """What the form starts with."""
        return {"name": union.name} | {name: getattr(profile, name) for name in PROFILE}


class CreateUnion(EditUnion):
    parent = forms.ModelChoiceField(
        label="上级工会", queryset=Union.objects.none(), empty_label="请选择"
    )
    code = CellField(
        plain(12),
        label="代码",
        max_length=12,
        help_text="例如 WP13，建好以后不能改。",
        widget=forms.TextInput(attrs={"class": "w-s"}),
    )
    kind = forms.ChoiceField(
        label="类型", choices=[(k.value, k.label) for k in PARENTS], widget=forms.RadioSelect
    )
    valid_from = DayField(label="成立日期")
    field_order = ["parent", "kind", "code", "name", "valid_from"]

    def __init__(self, *args: Any, unions: UnionQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, unions=unions, **kwargs)
        offer(self, "parent", unions)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].upper()
        if not (code.isascii() and code.isalnum()):
            raise ValidationError("代码只能用字母和数字，例如 WP13。")
        return code


class MoveUnion(WithoutColon):
    parent = forms.ModelChoiceField(
        label="新的上级工会", queryset=Union.objects.none(), empty_label="请选择"
    )
    note = CellField(
        plain(200), label="说明", required=False, max_length=200, help_text="例如：批复文号。"
    )

    def __init__(self, *args: Any, unions: UnionQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "parent", unions)


class Validity(WithoutColon):
    valid_to = AnyDayField(
        label="有效期止", required=False, help_text="工会撤销的最后一天；留空表示一直有效。"
    )
    note = CellField(
        plain(200), label="说明", required=False, max_length=200, help_text="例如：批复文号。"
    )
