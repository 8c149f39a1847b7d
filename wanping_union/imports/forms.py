"""Sending a workbook."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from wanping_union import clock
from wanping_union.accounts.models import Union, User
from wanping_union.forms import Form
from wanping_union.imports.kinds import Kind
from wanping_union.imports.reading import FILE_TOO_LARGE
from wanping_union.roles import IMPORT

ACCEPTED = ".xlsx,.xls,.et,.ods,.xlsb,.csv,.txt"
FIRST_YEAR = 1949


class Upload(Form):
    """kinds: those the person may import."""

    kind = forms.ChoiceField(label="表格种类", widget=forms.RadioSelect)
    union = forms.ModelChoiceField(
        Union.objects.none(),
        label="导入到哪个工会",
        to_field_name="code",
        empty_label=None,
        help_text="表格里可以有这个工会和它下级工会的行，不能有别的工会的行。",
    )
    file = forms.FileField(
        label="表格文件",
        allow_empty_file=True,
        help_text="Excel、WPS 表格或 CSV 都可以，列的顺序不限。一个文件不超过 20 MB。",
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    year = forms.IntegerField(
        label="年度",
        required=False,
        help_text="只有企业台账要用：标题里写了“（2016年）”就不用填。",
        widget=forms.NumberInput(attrs={"class": "w-xs"}),
    )

    def __init__(self, *args: Any, user: User, kinds: Iterable[Kind], **options: Any) -> None:
        super().__init__(*args, **options)
        mine = [kind for kind in kinds if user.may(kind.roles)]
        choices: Any = self.fields["kind"]
        choices.choices = [(kind.name, kind.label) for kind in mine]
        unions: Any = self.fields["union"]
        unions.queryset = Union.objects.reached_by(user, IMPORT).order_by("path")

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if file.size is not None and file.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(FILE_TOO_LARGE)
        return file

    def clean_year(self) -> int | None:
        year: int | None = self.cleaned_data["year"]
        if year is not None and not FIRST_YEAR <= year <= clock.today().year:
            raise forms.ValidationError(f"年度应在 {FIRST_YEAR} 到 {clock.today().year} 之间。")
        return year
