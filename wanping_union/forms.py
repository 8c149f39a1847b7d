"""How Django draws our forms and names what is missing."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Draws fields with our label, hint and error around them."""

    field_template_name = "forms/field.html"
    form_template_name = "forms/form.html"


class Form(forms.Form):
    """A form whose refusals say which field is meant."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_by_name(self)


def ask_by_name(form: forms.BaseForm) -> None:
    """Put each field's label into its "required" message, unless it has words of its own."""
    for field in form.fields.values():
        common = type(field).default_error_messages.get(
            "required", forms.Field.default_error_messages["required"]
        )
        if field.error_messages["required"] == common:
            field.error_messages["required"] = f"请{verb(field)}{field.label}。"


def verb(field: forms.Field) -> str:
    if isinstance(field, forms.BooleanField):
        return "勾选："
    if isinstance(field, forms.FileField):
        return "上传"
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField | forms.DateField):
        return "选择"
    return "填写"
