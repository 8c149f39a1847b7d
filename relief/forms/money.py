"""What the finance officer types."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator

from members.forms.fields import SECRET, CellField, plain
from wanping_union.accounts.models import Union, User
from wanping_union.forms import Form, MoneyField
from wanping_union.imports.forms import ACCEPTED
from wanping_union.imports.reading import FILE_TOO_LARGE
from wanping_union.roles import PAY_RELIEF

FIRST_YEAR, LAST_YEAR = 2016, 2100
DIGITS = 8  # of one change of a budget: below 100 million yuan
LONGEST_ID = 18  # digits


class Ids(forms.MultipleChoiceField):
    """Ticked rows; the service says which of them are still there."""

    def valid_value(self, value: str) -> bool:
        return value.isascii() and value.isdigit() and len(value) <= LONGEST_ID


class Pick(Form):
    payments = Ids(
        label="款项",
        error_messages={
            "required": "请先勾选要拨付的款项。",
            "invalid_choice": "请从名单里勾选款项。",
        },
    )

    def clean_payments(self) -> list[int]:
        return [int(value) for value in self.cleaned_data["payments"]]


class Answer(Form):
    file = forms.FileField(
        label="银行回单",
        allow_empty_file=True,
        help_text=(
            "银行发回的 Excel 文件，也可以在导出的拨付文件里填好“结果”一列再传。"
            "要有付款编号、金额和结果三列。"
        ),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if file.size is not None and file.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(FILE_TOO_LARGE)
        return file


class PayAgain(Form):
    account_name = CellField(
        plain(40),
        label="户名",
        max_length=40,
        help_text="只能是受助人本人；未成年人可以用职工本人的账户。",
        widget=forms.TextInput(attrs=SECRET),
    )
    account = forms.CharField(
        label="银行卡号",
        max_length=40,
        help_text="照单位交来的银行卡填，空格不用管。",
        widget=forms.TextInput(attrs=SECRET | {"inputmode": "numeric"}),
    )
    bank = CellField(plain(60), label="开户银行", max_length=60)

    def clean_account(self) -> str:
        return "".join(self.cleaned_data["account"].replace("-", "").split())


class Reverse(Form):
    reason = CellField(
        plain(200),
        label="冲回的原因",
        max_length=200,
        help_text="例如：银行通知账户已销户，款项退回。",
    )


class Recover(Form):
    reason = CellField(
        plain(200),
        label="怎样收回的",
        max_length=200,
        help_text="例如：本人 11 月 20 日退回，收款凭证 35 号。还没有付出去的写明不再拨付。",
    )


class Budget(Form):
    year = forms.IntegerField(
        label="年度",
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        widget=forms.NumberInput(attrs={"class": "w-xs"}),
    )
    direction = forms.ChoiceField(
        label="增加还是减少",
        choices=[("add", "追加"), ("cut", "调减")],
        initial="add",
        widget=forms.RadioSelect,
    )
    amount = MoneyField(label="金额（元）", digits=DIGITS)
    note = CellField(
        plain(200), label="依据", max_length=200, help_text="例如：区总工会第 3 次主席办公会纪要。"
    )

    def values(self) -> dict[str, Any]:
        """What was typed, for the service: the amount signed."""
        data = self.cleaned_data
        sign = 1 if data["direction"] == "add" else -1
        return {"year": data["year"], "amount": sign * data["amount"], "note": data["note"]}


class NewFund(Form):
    name = CellField(plain(60), label="基金名称", max_length=60)
    code = forms.CharField(
        label="代码",
        max_length=20,
        help_text="小写字母和数字，和参考数据里救助标准的代码一致，例如 warm。",
        validators=[
            RegexValidator(r"\A[a-z][a-z0-9]*\Z", "代码只能用小写字母和数字，以字母开头。")
        ],
        widget=forms.TextInput(attrs={"class": "w-s", "autocomplete": "off"}),
    )
    union = forms.ModelChoiceField(
        Union.objects.none(), label="管理单位", to_field_name="code", empty_label=None
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unions: Any = self.fields["union"]
        own = [grant.union_id for grant in user.held if grant.role in PAY_RELIEF]
        unions.queryset = Union.objects.filter(pk__in=own).order_by("path")


class Preview(Form):
    """Of one number of a ladder."""

    value = forms.DecimalField(
        label="改成",
        min_value=0,
        max_digits=9,
        decimal_places=2,
        widget=forms.TextInput(attrs={"class": "w-xs", "inputmode": "decimal"}),
    )
    year = forms.IntegerField(
        label="看哪一年的办件",
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        widget=forms.NumberInput(attrs={"class": "w-xs"}),
    )
