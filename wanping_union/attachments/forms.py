"""Sending one file, and taking one away."""

from collections.abc import Sequence
from typing import Any

from django import forms

from wanping_union.attachments.formats import MIMES
from wanping_union.forms import Form


class Add(Form):
    label = forms.ChoiceField(label="是什么材料", widget=forms.RadioSelect)
    file = forms.FileField(
        label="文件",
        allow_empty_file=True,
        max_length=200,
        help_text="照片、PDF、Word 或 Excel，不超过 20 MB。照片自动转正，拍摄地点等信息会去掉。",
        widget=forms.FileInput(attrs={"accept": ",".join(MIMES)}),
    )

    def __init__(self, *args: Any, labels: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["label"]
        field.choices = [(label, label) for label in labels]


class Remove(Form):
    reason = forms.CharField(
        label="为什么删除",
        min_length=2,
        max_length=100,
        help_text="例如：传错了人，扫描不清楚重新上传。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
