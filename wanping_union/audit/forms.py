"""What a reader of the audit asks for."""

from typing import Any

from django import forms

from wanping_union.accounts.models import User

DAY = "%Y-%m-%d"


class Filters(forms.Form):
    kind = forms.ChoiceField(label="事项", required=False)
    by = forms.TypedChoiceField(label="操作人", required=False, empty_value=None)
    since = forms.DateField(
        label="从", required=False, widget=forms.DateInput(attrs={"type": "date"}, format=DAY)
    )
    until = forms.DateField(
        label="到", required=False, widget=forms.DateInput(attrs={"type": "date"}, format=DAY)
    )
    record = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, kinds: list[tuple[str, str]], people: list[User], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        named = {str(user.pk): user for user in people}
        kind: Any = self.fields["kind"]
        kind.choices = [("", "全部"), *kinds]
        by: Any = self.fields["by"]
        by.choices = [("", "全部"), *((key, user.name) for key, user in named.items())]
        by.coerce = named.__getitem__

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        since, until = typed.get("since"), typed.get("until")
        if since and until and since > until:
            self.add_error("until", "结束日期不能早于开始日期。")
        return typed
