"""Masked, or in clear for a purpose."""

from typing import Any

from django import forms

from wanping_union.forms import Form

MASKED, CLEAR = "masked", "clear"


class Ask(Form):
    numbers = forms.ChoiceField(
        label="证件号码、手机号码、卡号",
        choices=[(MASKED, "遮盖号码（推荐）"), (CLEAR, "完整号码")],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="用途",
        required=False,
        min_length=2,
        max_length=100,
        help_text="只有导出完整号码才要写，例如：向市总工会报送换发京卡名单。会记入查看记录。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, may_clear: bool, **kwargs: Any) -> None:
        super().__init__(*args, initial={"numbers": MASKED}, **kwargs)
        if not may_clear:
            del self.fields["numbers"], self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        clear = typed.get("numbers") == CLEAR
        if clear and not typed.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "导出完整号码，请写明用途。")
        return {"clear": clear, "reason": typed.get("reason", "") if clear else ""}
