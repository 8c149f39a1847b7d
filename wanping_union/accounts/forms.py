"""What an administrator, and a person about themselves, types."""

from collections.abc import Iterable, Mapping
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.core import context
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from wanping_union.accounts import factors, kin, services
from wanping_union.accounts.models import Grant, Union, UnionKind, User
from wanping_union.accounts.services import Grants
from wanping_union.errors import Refused
from wanping_union.forms import Form, ask_by_name
from wanping_union.roles import Role

BLANK = [("", "请选择")]
MOST = 20  # grants of one person
STATES = (
    ("", "全部"),
    ("active", "正常"),
    ("first", "待首次登录"),
    ("locked", "已锁定"),
    ("disabled", "已停用"),
    ("unused", "90 天没用"),
)
DATE = forms.DateInput(attrs={"type": "date", "class": "w-s"}, format="%Y-%m-%d")
CODE = {
    "inputmode": "numeric",
    "autocomplete": "one-time-code",
    "class": "w-s",
    "autocapitalize": "none",
    "spellcheck": "false",
}


class SignIn(LoginForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_by_name(self)


class ChangePassword(ChangePasswordForm):  # type: ignore[misc]  # allauth has no types
    """One's own password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        handed_out = self.user.must_change_password
        self.fields["oldpassword"].label = "一次性密码" if handed_out else "现在的密码"
        self.fields["oldpassword"].help_text = ""
        self.fields["password1"].label = "新密码"
        self.fields[
            "password1"
        ].help_text = "至少 10 位，不要全是数字，也不要用姓名、用户名或常见密码。"
        self.fields["password2"].label = "再输入一次新密码"
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        ask_by_name(self)

    def clean_oldpassword(self) -> str:
        typed: str = self.cleaned_data["oldpassword"]
        try:
            services.confirm_password(self.user, typed)
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None
        return typed

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean()
        if typed.get("password1") and typed.get("password1") == typed.get("oldpassword"):
            self.add_error("password1", "新密码不能和现在的密码一样。")
        return typed


class Nothing(forms.Form):
    """A button with no questions."""


class Why(Form):
    reason = forms.CharField(label="原因", max_length=200, help_text="本人下次登录时会看到。")


class Confirm(Form):
    password = forms.CharField(
        label="您的密码",
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "w-s"}),
    )


class FirstCode(Form):
    """The first code of a phone that is being set up."""

    code = forms.CharField(
        label="手机上显示的 6 位数字", max_length=12, widget=forms.TextInput(attrs=CODE)
    )
    kept = forms.CharField(widget=forms.HiddenInput)


class NewKey(Form):
    name = forms.CharField(
        label="给这把密钥起个名字",
        max_length=40,
        initial="我的安全密钥",
        help_text="例如“办公室电脑”“蓝色 U 盾”，以后认得出是哪一把。",
        widget=forms.TextInput(attrs={"class": "w-s"}),
    )
    credential = forms.JSONField(
        widget=forms.HiddenInput, error_messages={"required": "没有收到安全密钥的应答，请重试。"}
    )


class Proof(Form):
    """A second factor shown at sign-in. What is typed is tried once, by the field's cleaning."""

    authenticator: Authenticator

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def save(self) -> None:
        post_authentication(context.request, self.authenticator)

    def _address(self) -> str:
        address: str = get_adapter().get_client_ip(context.request)
        return address


class Code(Proof):
    code = forms.CharField(label="验证码", max_length=40, widget=forms.TextInput(attrs=CODE))

    def clean_code(self) -> str:
        typed: str = self.cleaned_data["code"]
        try:
            self.authenticator = factors.check_code(self.user, typed, address=self._address())
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None
        return typed


class KeyAnswer(Proof):
    credential = forms.JSONField(widget=forms.HiddenInput)

    def clean_credential(self) -> object:
        answer = self.cleaned_data["credential"]
        try:
            self.authenticator = factors.check_key(self.user, answer, address=self._address())
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None
        return answer


class Leave(Form):
    """Who stands in for which role, from when to when."""

    grant = forms.ChoiceField(label="代理哪个角色", widget=forms.RadioSelect)
    substitute = forms.ModelChoiceField(
        User.objects.none(),
        label="代理人",
        empty_label="请选择",
        help_text="本工会或上一级工会的人。代办的每件事都会记下是谁代谁办的。",
    )
    valid_from = forms.DateField(label="开始日期", widget=DATE)
    valid_to = forms.DateField(label="结束日期（含当天）", widget=DATE)

    def __init__(
        self,
        *args: Any,
        grants: Mapping[str, Grant],
        people: Iterable[QuerySet[User]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        role: Any = self.fields["grant"]
        role.choices = [
            (pk, f"{grant.get_role_display()}（{grant.union}）") for pk, grant in grants.items()
        ]
        role.initial = next(iter(grants))
        person: Any = self.fields["substitute"]
        person.queryset = User.objects.filter(
            pk__in=[one.pk for found in people for one in found]
        ).order_by("name", "pk")


ID_NUMBER = {"autocomplete": "off", "data-nosave": "", "autocapitalize": "characters"}


class IdNumber(forms.CharField):
    """A number that is kept as a hash alone."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return kin.number(text) if text else ""
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None


class Kin(Form):
    id_number = IdNumber(
        label="本人的证件号码", max_length=40, widget=forms.TextInput(attrs=ID_NUMBER)
    )
    relatives = forms.CharField(
        label="亲属的证件号码",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs=ID_NUMBER | {"rows": 4}),
        help_text="配偶、父母、子女、兄弟姐妹等亲属。一行一个，不用写姓名。",
    )

    def __init__(self, *args: Any, knows_oneself: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if knows_oneself:
            self.fields["id_number"].required = False
            self.fields["id_number"].help_text = "已经申报过，填错了要改的才填。"

    def clean_relatives(self) -> list[str]:
        lines = [line for line in self.cleaned_data["relatives"].splitlines() if line.strip()]
        try:
            return [kin.number(line) for line in lines]
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None


class NoKin(Form):
    id_number = IdNumber(
        label="这位亲属的证件号码",
        max_length=40,
        widget=forms.TextInput(attrs=ID_NUMBER),
        help_text="系统没有保存号码，请再填一次，才知道撤销哪一位。",
    )
    reason = forms.CharField(
        label="撤销的原因",
        max_length=200,
        help_text="例如：号码填错，已经离婚。会留在操作日志里。",
    )


class NewAccount(Form):
    name = forms.CharField(
        label="姓名", max_length=40, widget=forms.TextInput(attrs={"class": "w-s"})
    )
    username = forms.RegexField(
        r"^[a-z][a-z0-9._-]{2,29}$",
        label="用户名",
        help_text="建议用姓名拼音。3 到 30 个字符，字母开头，只用小写字母、数字、点和横线。",
        error_messages={
            "invalid": "用户名要以小写字母开头，只用小写字母、数字、点和横线，3 到 30 个。"
        },
        widget=forms.TextInput(
            attrs={
                "class": "w-s",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autocomplete": "off",
            }
        ),
    )


class Account(Form):
    name = forms.CharField(
        label="姓名", max_length=40, widget=forms.TextInput(attrs={"class": "w-s"})
    )


def _by_kind(unions: Mapping[str, Union]) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for pk, union in unions.items():
        groups.setdefault(UnionKind(union.kind).label, []).append((pk, str(union)))
    return list(groups.items())


class GrantRow(forms.Form):
    """One role for one union; both blank means no row."""

    role = forms.ChoiceField(label="角色", choices=[*BLANK, *Role.choices], required=False)
    union = forms.ChoiceField(label="工会", required=False)

    def __init__(self, *args: Any, unions: Mapping[str, Union], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["union"]
        field.choices = [*BLANK, *_by_kind(unions)]

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("role") and not typed.get("union") and "union" not in self.errors:
            self.add_error("union", "请选择在哪个工会担任这个角色。")
        if typed.get("union") and not typed.get("role") and "role" not in self.errors:
            self.add_error("role", "请选择在这个工会的角色。")
        return typed


class GrantRows(forms.BaseFormSet):  # type: ignore[type-arg]  # not generic at run time
    def grants(self) -> Grants:
        """What was chosen. Only after is_valid()."""
        unions: Mapping[str, Union] = self.form_kwargs["unions"]
        rows = [form.cleaned_data for form in self.forms]
        return [(Role(row["role"]), unions[row["union"]]) for row in rows if row.get("role")]


def grant_rows(
    data: Any, unions: Mapping[str, Union], initial: list[dict[str, str]], *, more: bool
) -> GrantRows:
    """The rows as posted or as held, with one blank; one more blank where it was asked for."""
    shown = str(data.get("grants-TOTAL_FORMS", "")) if data is not None else ""
    if more and shown.isdecimal() and len(shown) < 4:
        data = data.copy()
        data["grants-TOTAL_FORMS"] = str(min(MOST, int(shown) + 1))
    made: Any = forms.formset_factory(
        GrantRow, formset=GrantRows, extra=1, max_num=MOST, absolute_max=MOST
    )
    rows: GrantRows = made(data, prefix="grants", initial=initial, form_kwargs={"unions": unions})
    return rows


class Filters(forms.Form):
    union = forms.ChoiceField(label="工会", required=False)
    role = forms.ChoiceField(label="角色", choices=[("", "全部"), *Role.choices], required=False)
    state = forms.ChoiceField(choices=STATES, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, unions: Mapping[str, Union], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["union"]
        field.choices = [("", "全部"), *_by_kind(unions)]
