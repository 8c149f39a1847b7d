"""What is typed about notices, consents and requests."""

from typing import Any

from django import forms

from wanping_union import clock
from wanping_union.forms import Form
from wanping_union.rights.rules import ARTICLES, Channel, Kind, Proof, Purpose

DAY = "%Y-%m-%d"


def _day(label: str, hint: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "w-s"}, format=DAY)
    return forms.DateField(label=label, help_text=hint, widget=widget)


def _lines(label: str, hint: str = "", *, required: bool = True, most: int = 200) -> Any:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class Today(Form):
    """A form with a day that begins as today."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.DateField):
                field.initial = clock.today


class Agree(Today):
    channel = forms.ChoiceField(
        label="怎样取得的同意",
        choices=[(c.value, c.label) for c in (Channel.PAPER, Channel.PORTAL)],
        widget=forms.RadioSelect,
    )
    given_on = _day("同意日期", "签字的那一天。")
    told = forms.BooleanField(label="本人已看过告知书，并表示同意")


class Signed(Today):
    """Signatures collected on the printed form."""

    given_on = _day("签字日期")
    told = forms.BooleanField(label="勾选的人都已在告知书上签字，签字表由本工会保管")


class Withdraw(Form):
    reason = _lines("原因", "本人不说明原因也可以撤回。", required=False)


class Publish(Today):
    purpose = forms.ChoiceField(label="目的", choices=Purpose.choices)
    title = forms.CharField(label="标题", max_length=60)
    text = forms.CharField(
        label="内容",
        max_length=6000,
        help_text="每段一行，“# ”开头的是小标题。写明谁处理、为什么、哪些信息、多久、有什么权利。",
        widget=forms.Textarea(attrs={"rows": 18}),
    )
    valid_from = _day("生效日期", "发布后不能修改；以后要改，再发布新的一版。")


class Receive(Today):
    """Field names are the keywords of services.receive."""

    kind = forms.ChoiceField(
        label="本人要求什么",
        choices=[(k.value, f"{k.label}（{ARTICLES[k]}）") for k in Kind],
        widget=forms.RadioSelect,
    )
    wish = _lines("具体要求", "例如：哪一项写错了、为什么要删除。", required=False, most=500)
    proof = forms.ChoiceField(
        label="怎样核对的身份", choices=Proof.choices, widget=forms.RadioSelect
    )
    received_on = _day("收到日期")


class Answer(Form):
    answer = _lines("答复内容", "写明办了什么，会印在答复单上交给本人。", most=500)


class Refusal(Form):
    answer = _lines("不予办理的理由", "写明依据哪一条；会印在答复单上交给本人。", most=500)
