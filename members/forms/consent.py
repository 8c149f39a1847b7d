"""The tick that a person was told and agreed, with the version it was."""

from collections.abc import Mapping
from typing import Any

from django import forms

from wanping_union.rights.models import Notice
from wanping_union.rights.rules import Purpose

NOT_KEPT = {"data-nosave": ""}  # a draft brings back no consent
CHANGED = "告知书刚刚更新了。请向本人出示新的一版，再重新勾选。"
CARD_NEEDS = "登记京卡卡号要取得本人单独同意。请勾选，或先不填卡号。"
ASKED = (Purpose.MEMBERSHIP, Purpose.SENSITIVE_CARD)


def _words(notice: Notice) -> str:
    return f"已向本人出示{notice}，本人同意"


class Told(forms.Form):
    """Ticks that are never set beforehand. shown: ids of the notices on the page.

    PIPL Art. 14, 17, 29: told first, agreed by the person, the card number by itself.
    """

    shown = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput(NOT_KEPT))
    told = forms.BooleanField(widget=forms.CheckboxInput(NOT_KEPT))
    told_card = forms.BooleanField(required=False, widget=forms.CheckboxInput(NOT_KEPT))

    def __init__(self, *args: Any, notices: Mapping[str, Notice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notices = {str(key): notices[key] for key in ASKED if key in notices}
        self.ids = "-".join(str(notice.pk) for notice in self.notices.values())
        self.initial["shown"] = self.ids
        self._ask("told", Purpose.MEMBERSHIP)
        self._ask("told_card", Purpose.SENSITIVE_CARD)

    def _ask(self, name: str, purpose: str) -> None:
        if name not in self.fields:
            return
        notice = self.notices.get(purpose)
        if notice is None:
            del self.fields[name]
            return
        self.fields[name].label = _words(notice)
        self.fields[name].error_messages["required"] = "请先告知本人并取得同意，再勾选这一项。"

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        ticked = values.get("told") or values.get("told_card")
        if ticked and values.get("shown") != self.ids:
            self.add_error(None, CHANGED)
        if values.get("card") and "told_card" in self.fields and not values.get("told_card"):
            self.add_error("told_card", CARD_NEEDS)
        return values

    def agreed(self) -> list[Notice]:
        """The notices that were ticked."""
        ticked = (("told", Purpose.MEMBERSHIP), ("told_card", Purpose.SENSITIVE_CARD))
        return [self.notices[p] for name, p in ticked if self.cleaned_data.get(name)]
