"""How Django draws our forms and names what is missing; amounts of money as people type them."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class Renderer(TemplatesSetting):
    """Draws fields with our label, hint and error around them."""

    field_template_name = "forms/field.html"
    form_template_name = "forms/form.html"

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        # A template for every option: of three hundred unions they took half of a list's time.
        if template_name == "django/forms/widgets/select.html":
            return _select(context["widget"])
        return super().render(template_name, context, request)


def _select(widget: dict[str, Any]) -> SafeString:
    """What Django's own template draws, but for the blanks between."""
    inside = format_html_join("", "{}", ((_group(*group),) for group in widget["optgroups"]))
    return format_html(
        '<select name="{}"{}>{}</select>', widget["name"], flatatt(widget["attrs"]), inside
    )


def _group(name: str | None, options: list[dict[str, Any]], index: int) -> SafeString:
    drawn = format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((option["value"], flatatt(option["attrs"]), option["label"]) for option in options),
    )
    return format_html('<optgroup label="{}">{}</optgroup>', name, drawn) if name else drawn


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


def typed(form: forms.BaseForm, name: str, value: str) -> None:
    """Let the form show another value than was sent."""
    data: Any = form.data.copy()  # type: ignore[attr-defined]  # a QueryDict, which is sealed
    data[name] = value
    form.data = data


CENT = Decimal("0.01")
SIGNS = str.maketrans("０１２３４５６７８９．，－￥", "0123456789.,-¥")
AMOUNT = re.compile(r"¥?(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(元|万元)?", re.ASCII)
YUAN = {"元": 1, "万元": 10_000}
LONGEST = 24  # characters, so that Decimal's 28 digits hold all of it


class MoneyField(forms.Field):
    """An amount with two decimals as people type it; a third decimal is refused, never rounded.

    unit: 元 or 万元, what a bare number stands for; a unit that is typed wins. digits: the most
    before the point.
    """

    def __init__(self, *, unit: str = "元", digits: int = 10, **kwargs: Any) -> None:
        attrs = {"class": "w-s", "inputmode": "decimal", "maxlength": LONGEST}
        super().__init__(**{"widget": forms.TextInput(attrs=attrs)} | kwargs)
        self.unit = unit
        self.digits = digits

    def to_python(self, value: Any) -> Decimal | None:
        text = "".join(str(value or "").translate(SIGNS).split())
        if not text:
            return None
        found = AMOUNT.fullmatch(text)
        if not found or len(text) > LONGEST:
            raise ValidationError("看不懂这个金额。请只填数字，例如 1500.50。", "money_format")
        typed, unit = found.groups()
        amount = Decimal(typed.replace(",", "")) * YUAN[unit or self.unit] / YUAN[self.unit]
        return self._checked(amount)

    def _checked(self, amount: Decimal) -> Decimal:
        if amount < 0:
            raise ValidationError("金额不能是负数。", "money_negative")
        if amount >= 10**self.digits:
            raise ValidationError("金额太大了，请核对单位和位数。", "money_too_large")
        cents = amount.quantize(CENT)
        if cents != amount:
            words = f"请填{self.unit}，最多两位小数；系统不会替您四舍五入。"
            raise ValidationError(words, "money_decimals")
        return cents
