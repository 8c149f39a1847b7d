"""What a reader of the audit asks for."""

from typing import Any

from django import forms

from wanping_union.accounts.models import User

DAY = "%Y-%m-%d"


class Between(forms.Form):
    """Who, from which day to which."""

    by = forms.TypedChoiceField(label="操作人", required=False, empty_value=None)
    since = forms.DateField(
        label="从", required=False, widget=forms.DateInput(attrs={"type": "date"}, format=DAY)
    )
    until = forms.DateField(
        label="到", required=False, widget=forms.DateInput(attrs={"type": "date"}, format=DAY)
    )

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = {str(user.pk): user for user in people}
        by: Any = self.fields["by"]
        by.choices = [("", "全部"), *((key, user.name) for key, user in named.items())]
        by.coerce = named.__getitem__

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        since, until = typed.get("since"), typed.get("until")
        if since and until and since > until:
            self.add_error("until", "结束日期不能早于开始日期。")
        return typed


class Filters(Between):
    kind = forms.ChoiceField(label="事项", required=False)
    record = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    field_order = ("kind", "by", "since", "until", "record")

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [("", "全部"), *kinds]


class ChangeFilters(Between):
    table = forms.ChoiceField(label="数据", required=False)
    key = forms.CharField(label="编号", required=False, max_length=40)
    request = forms.UUIDField(required=False, widget=forms.HiddenInput)
    field_order = ("table", "by", "since", "until", "key", "request")

    def __init__(self, *args: Any, tables: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        table: Any = self.fields["table"]
        table.choices = [("", "全部"), *tables]


class LookFilters(Between):
    person = forms.IntegerField(
        label="会员编号", required=False, min_value=1, max_value=2**63 - 1,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    field_order = ("by", "since", "until", "person")
