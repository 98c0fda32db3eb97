"""`{% load house %}`: words in the reader's language, numbers, icons, links that keep a list's filters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.forms import BoundField
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy

from tongchou.standards.text import Text

register = template.Library()


def _chosen(chinese: str, english: str) -> str:
    """The words in the reader's language; Chinese where there is no English."""
    return english if english and (get_language() or "").startswith("en") else chinese


@register.filter
def say(value: object) -> str:
    """A Text in the reader's language; anything else as it is."""
    if isinstance(value, Text):
        return value.say(get_language() or "zh")
    if isinstance(value, dict) and "zh" in value:
        return Text.of(value).say(get_language() or "zh")
    return "" if value is None else str(value)


@register.filter
def named(value: Any) -> str:
    """The name of something that has a Chinese name and an English one."""
    if value is None:
        return ""
    return _chosen(value.name, getattr(value, "name_en", ""))


#: The house's own jobs, as `Actor.house` names them.
JOBS = {
    "@command line": gettext_lazy("命令行"),
    "@schedule": gettext_lazy("定时任务"),
    "@worker": gettext_lazy("后台任务"),
    "house": gettext_lazy("系统"),
}


@register.filter
def who(username: Any) -> str:
    """A user name as it is; the house's own jobs in words."""
    return str(JOBS.get(str(username), username or ""))


@register.filter
def labelled(value: Any) -> str:
    """The label of a field of a resource in the reader's language."""
    return _chosen(value.label, value.label_en)


@register.filter
def abstracted(value: Any) -> str:
    """The abstract of a resource in the reader's language."""
    return _chosen(value.abstract, value.abstract_en)


@register.filter
def exact(value: Any) -> str:
    """A number exactly, in groups of three; a dash where there is none."""
    return "–" if value is None or value == "" else f"{value:,}"


@register.filter
def wan(value: Any) -> str:
    """A number for boards: 3.2 万, 1.5 亿 in Chinese; 32 k, 1.5 M in English; exact when small."""
    if value is None:
        return "–"
    if (get_language() or "").startswith("en"):
        steps = [(1_000_000_000, "B"), (1_000_000, "M"), (10_000, "k")]
        divisor = {"B": 1_000_000_000, "M": 1_000_000, "k": 1_000}
    else:
        steps = [(100_000_000, "亿"), (10_000, "万")]
        divisor = {"亿": 100_000_000, "万": 10_000}
    for least, unit in steps:
        if abs(value) >= least:
            return f"{value / divisor[unit]:.1f}".rstrip("0").rstrip(".") + f" {unit}"
    return f"{value:,}"


@register.filter
def share(part: Any, whole: Any) -> str:
    """`part` of `whole` in percent; 100 % only when it is all, 0 % only when it is nothing."""
    if not whole:
        return "–"
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return "<0.1%"
    if 99.9 < percent < 100:
        return ">99.9%"
    return f"{percent:.1f}".rstrip("0").rstrip(".") + "%"


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """An entry of a mapping, or nothing."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def duration(seconds: Any) -> str:
    """Seconds as 1:02:03 or 2:03."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether a form field is a single check box."""
    return getattr(field.field.widget, "input_type", "") == "checkbox"


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A Tabler icon from the sprite; hidden from screen readers unless it has a label."""
    url = f"{static('web/vendor/icons/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, url)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', url)


@register.simple_block_tag
def card(
    content: str, title: str = "", sign: str = "", *, kind: str = "", body: bool = True, **marks: str
) -> SafeString:
    """A card: `{% card _("时间线") "timeline" %}…{% endcard %}`.

    sign: the icon before its title. kind: further classes (`wide`, `no-print`). body: whether what it holds is set in
    from the edge; False for a table. marks: `part="groups"` becomes `data-part="groups"`.
    """
    head = format_html('<div class="card-head"><h2>{}{}</h2></div>', icon(sign) if sign else "", say(title))
    return format_html(
        '<section class="card{}"{}>{}{}</section>',
        f" {kind}" if kind else "",
        format_html_join("", ' data-{}="{}"', marks.items()),
        head if title else "",
        format_html('<div class="card-body">{}</div>', content) if body else content,
    )


@register.inclusion_tag("components/filter.html")
def filter_by(
    name: str, label: str, all_of_them: str, options: Iterable[Any], chosen: Any, all_as: str = ""
) -> dict[str, Any]:
    """A list's filter, sent as soon as it is changed.

    options: (value, words) pairs, or things with a code and a name or label. chosen: the value in force. all_as: the
    value that stands for all of them.
    """
    return {
        "name": name,
        "label": label,
        "all": all_of_them,
        "all_as": all_as,
        "options": [_option(one) for one in options],
        "chosen": str(chosen or ""),
    }


def _option(one: Any) -> tuple[str, str]:
    if isinstance(one, tuple):
        return str(one[0]), say(one[1])
    return one.code, named(one) if hasattr(one, "name") else say(one.label)


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """The present query string with some parameters changed, or taken out where given as empty."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for name, value in changes.items():
        if value in ("", None):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


#: State of anything → the colour of its pill. Red is only for what is late or refused.
TONES = {
    "done": "green",
    "live": "green",
    "same": "green",
    "verified": "green",
    "running": "blue",
    "waiting": "grey",
    "open": "amber",
    "missing": "amber",
    "held": "amber",
    "failed": "red",
    "refused": "red",
    "withdrawn": "red",
    "expired": "red",
    "different": "grey",
    "settled": "grey",
    "cancelled": "grey",
    "unconditional": "green",
    "conditional": "blue",
    "closed": "grey",
}


@register.simple_tag
def pill(state: str, label: object = "", tone: str = "") -> SafeString:
    """A status pill; its colour follows the state, its words say the same."""
    return format_html(
        '<span class="pill pill-{}">{}</span>',
        tone or TONES.get(str(state), "grey"),
        say(label) if label else state,
    )
