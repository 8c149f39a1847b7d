"""The pages of an application as its unit types them."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from members.forms.fields import SECRET, DayField, offer
from relief.models import Bill, Fund, HouseholdMember, ReliefCase
from relief.rules import Cause, Disease, is_card
from relief.selectors.writing import payees
from relief.terms import NOTHING, BillSums
from wanping_union.attachments.formats import MIMES
from wanping_union.attachments.models import Attachment
from wanping_union.forms import Form, MoneyField, typed

LATER = "later"  # the button that keeps a page unfinished
CHANGED = (
    "这份申请刚刚在别处改过，这一次没有保存。您填的内容还在下面；"
    "核对后再按一次保存，就以这一页为准。"
)
PHOTO = "用手机拍照或从相册里选都可以：照片、PDF、Word 或 Excel，不超过 20 MB。"


def photo(label: str, **kwargs: Any) -> forms.FileField:
    widget = forms.FileInput(attrs={"accept": ",".join(MIMES)})
    return forms.FileField(
        label=label, allow_empty_file=True, max_length=200, widget=widget, **kwargs
    )


def secret(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs=SECRET | attrs)


class Find(Form):
    q = forms.CharField(
        label="姓名、拼音或手机尾号",
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "data-nosave": ""}),
    )


class Start(Form):
    fund = forms.ModelChoiceField(
        label="申请哪个基金",
        queryset=Fund.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
    )

    beneficiary = forms.ModelChoiceField(
        label="替谁申请",
        queryset=HouseholdMember.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
    )

    def __init__(self, *args: Any, free: Sequence[HouseholdMember], **kwargs: Any) -> None:
        """free: of the file that is there; for a new one it begins with the member."""
        super().__init__(*args, **kwargs)
        offer(self, "fund", Fund.objects.filter(is_open=True).order_by("pk"))
        keys = [member.pk for member in free]
        offer(self, "beneficiary", HouseholdMember.objects.filter(pk__in=keys).order_by("pk"))
        if free:
            self.initial["beneficiary"] = free[0].pk
        else:
            del self.fields["beneficiary"]


class Page(Form):
    """One page of an application, which knows the version that it shows.

    Sent by the button LATER it may be unfinished.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, case: ReliefCase, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        self.initial["version"] = case.version
        if self.is_later:
            for field in self.fields.values():
                field.required = False

    @property
    def is_later(self) -> bool:
        return LATER in self.data

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("version") != self.case.version:
            typed(self, "version", str(self.case.version))
            self.add_error(None, CHANGED)
        return values

    def facts(self) -> dict[str, Any]:
        """What was typed, for the service."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


OF_CAUSE = {  # what is asked beside whom it is for and why
    "": (),
    Cause.ILLNESS: ("happened_on", "disease", "diagnosis", "story", "is_emergency"),
    Cause.DISASTER: ("happened_on", "loss", "story", "is_emergency"),
    Cause.OTHER: ("happened_on", "story", "is_emergency"),
}
HAPPENED = {
    Cause.ILLNESS: "确诊或住院的那一天。要在当年内申请。",
    Cause.DISASTER: "出事的那一天。要在当年内申请。",
}


class Hardship(Page):
    """Asks for what belongs to the cause; a new cause first opens its own questions."""

    beneficiary = forms.ModelChoiceField(
        label="替谁申请",
        queryset=HouseholdMember.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        help_text="可以是职工本人、配偶或未成年子女。先在“本人与家庭”里登记家人。",
    )
    cause = forms.ChoiceField(
        label="困难原因",
        choices=Cause.choices,
        widget=forms.RadioSelect(attrs={"data-nosave": ""}),
    )
    happened_on = DayField(label="发生日期", help_text="困难开始的那一天。要在当年内申请。")
    disease = forms.ChoiceField(
        label="疾病种类",
        choices=Disease.choices,
        widget=forms.RadioSelect(attrs={"data-nosave": ""}),
        help_text="按诊断证明选，拿不准的选“其他特殊病例”。",
    )
    diagnosis = forms.CharField(
        label="诊断",
        required=False,
        max_length=200,
        help_text="照诊断证明抄写。",
        widget=secret(),
    )
    loss = MoneyField(
        label="核定的损失（元）",
        required=False,
        help_text="按消防、交警、公安或单位核定的金额。",
    )
    story = forms.CharField(
        label="困难情况",
        max_length=1000,
        help_text="两三句话说清楚：出了什么事，花了多少，家里靠什么生活。",
        widget=forms.Textarea(attrs={"rows": 5, "data-nosave": ""}),
    )
    is_emergency = forms.BooleanField(label="情况紧急，等不及备齐材料", required=False)
    asked = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(self, *args: Any, case: ReliefCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        offer(self, "beneficiary", case.household.members.filter(left_on=None).order_by("pk"))
        cause = self.data.get("cause", case.cause)
        cause = cause if cause in OF_CAUSE else ""
        self.initial["asked"] = cause
        # Sent by a page that asked for another cause, it is kept unfinished and asks once more.
        self.is_turned = self.data.get("asked", cause) != cause
        for name in ("happened_on", "disease", "diagnosis", "loss", "story", "is_emergency"):
            if name not in OF_CAUSE[cause]:
                del self.fields[name]
            elif self.is_turned:
                self.fields[name].required = False
        if cause in HAPPENED:
            self.fields["happened_on"].help_text = HAPPENED[Cause(cause)]

    @property
    def is_first(self) -> bool:
        """Whether nothing but the cause is asked yet."""
        return "story" not in self.fields

    def facts(self) -> dict[str, Any]:
        """What belongs to another cause is not kept: health data nobody needs."""
        facts = super().facts()
        del facts["asked"]
        if self.is_turned:  # what its page did not ask stays
            facts = {name: value for name, value in facts.items() if name in self.data}
        cause = facts.get("cause", self.case.cause)
        if cause != Cause.ILLNESS:
            facts |= {"disease": "", "diagnosis": ""}
        if cause != Cause.DISASTER:
            facts["loss"] = None
        return facts | {"beneficiary": facts.get("beneficiary") or self.case.beneficiary}


class Account(Page):
    """The number is never shown again: blank leaves the stored one."""

    account_name = forms.ChoiceField(
        label="户名",
        widget=forms.RadioSelect,
        help_text="只能是受助人本人的账户；未成年人可以用职工本人的账户。",
    )
    account = forms.CharField(
        label="银行卡号",
        max_length=40,
        help_text="照银行卡上的号码填，空格不用管。",
        widget=secret(inputmode="numeric"),
    )
    bank = forms.CharField(label="开户银行", max_length=60, help_text="例如：工商银行卢沟桥支行。")

    def __init__(self, *args: Any, case: ReliefCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        names: Any = self.fields["account_name"]
        names.choices = [(name, name) for name in payees(case)]
        if case.account:
            self.fields["account"].required = False
            self.fields["account"].help_text = f"已登记 {case.masked_account}，留空表示不改。"

    def clean_account(self) -> str:
        number = "".join(self.cleaned_data["account"].replace("-", "").split())
        if number and not is_card(number):
            raise ValidationError("卡号没有通过校验，可能输错了一位。请对照银行卡再输一遍。")
        return number or self.case.account


def borne(label: str) -> MoneyField:
    return MoneyField(label=label, required=False, help_text="没有的不用填。")


class BillForm(Form):
    """One settlement of a hospital."""

    dated = DayField(label="票据日期")
    hospital = forms.CharField(label="医院", max_length=60, widget=secret())
    number = forms.CharField(
        label="票据号码",
        max_length=40,
        help_text="印在票据右上角。一张票据只能用一次。",
        widget=secret(),
    )
    total = MoneyField(label="总费用（元）")
    insurance = borne("医保支付（元）")
    reimbursed = borne("二次报销、大病保险（元）")
    mutual_aid = borne("互助保障赔付（元）")
    other = borne("其他补偿（元）")
    file = photo("拍下这张结算单", required=False, help_text=PHOTO)
    scan = forms.ModelChoiceField(
        label="或者选已经上传的",
        queryset=Attachment.objects.none(),
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, scans: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["scan"]
        field.queryset = scans
        field.label_from_instance = lambda file: f"{file.label} {file.at:%m-%d} {file.name}"
        if not scans:
            field.widget = forms.HiddenInput()

    def choose(self, scan: Attachment) -> None:
        """Show the form again with this file chosen: a browser does not send it twice."""
        typed(self, "scan", str(scan.pk))

    def clean_total(self) -> Any:
        if self.cleaned_data["total"] == 0:
            raise ValidationError("总费用要大于 0 元。")
        return self.cleaned_data["total"]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        names = ("total", "insurance", "reimbursed", "mutual_aid", "other")
        if not self.errors and self.sums().self_paid < 0:
            words = "报销和补偿加起来超过了总费用，请核对这几个金额。"
            for name in names[1:]:
                if values.get(name):
                    self.add_error(name, words)
        return values

    def sums(self) -> BillSums:
        values = self.cleaned_data
        borne = {name: values[name] or NOTHING for name in BillSums.__dataclass_fields__}
        return BillSums(**borne)


def initial_of(bill: Bill) -> dict[str, Any]:
    names = ("dated", "hospital", "number", "total", "insurance", "reimbursed", "mutual_aid")
    return {name: getattr(bill, name) for name in (*names, "other", "scan")}


class Paper(Form):
    file = photo("拍照或选择文件", help_text=PHOTO)


class Advance(Form):
    amount = MoneyField(label="先行金额（元）")
    why = forms.CharField(
        label="为什么等不及",
        max_length=500,
        help_text="例如：明天手术，押金还差两万元。",
        widget=forms.Textarea(attrs={"rows": 3, "data-nosave": ""}),
    )


class Send(Form):
    """Handing in asks nothing more."""
