"""Errors as problem documents (RFC 9457), in the reader's language, and the door's own refusals."""

from __future__ import annotations

import re
from collections.abc import Iterable

import orjson

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text
from tongchou.web.middleware import status_of

from .. import errors

MEDIA_TYPE = "application/problem+json"

#: What to sign and how, told with every 401 (RFC 9421, section 5.1).
ACCEPT_SIGNATURE = 'sig=("@method" "@path" "@query" "content-digest");created;keyid;nonce'


class BadRequest(HouseError):
    """A request that is refused for its form, before or after it is known whose it is. headers: sent with the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        what: Text,
        next: Text,
        where: str = "",
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        super().__init__(f"exchange.gateway.{code}", what, next, where)
        self.status, self.headers = status, tuple(headers)


_SEE = Text("请对照接口说明 /exchange/openapi.json。", "Compare it with /exchange/openapi.json.")


def no_such_path() -> BadRequest:
    return BadRequest(
        404, "no_path", Text("没有这个地址。", "There is no such address."),
        Text(
            "地址须与接口说明完全一致：不得有多余的斜杠、编码或大小写变化。",
            "An address is exactly as described: no further slash, escape or other case.",
        ),
    )  # fmt: skip


def wrong_method(allowed: str) -> BadRequest:
    return BadRequest(
        405, "method", Text("该地址不接受这种方法。", "The address does not take this method."), _SEE, allowed,
        [("allow", allowed)],
    )  # fmt: skip


def bad_header(name: str) -> BadRequest:
    return BadRequest(
        400,
        "header",
        Text("请求头重复、多余或无法读取。", "A header is repeated, surplus or unreadable."),
        _SEE,
        name,
    )


def no_length() -> BadRequest:
    return BadRequest(
        411, "length", Text("须有 Content-Length。", "A Content-Length is needed."),
        Text("请一次发送全部内容，不分块传输。", "Send the body whole, not in chunks."),
    )  # fmt: skip


def too_large(most: int) -> BadRequest:
    return BadRequest(
        413, "size", Text("请求内容过大。", "The body is too large."),
        Text(f"最多 {most} 字节。", f"At most {most} bytes."),
    )  # fmt: skip


def too_slow() -> BadRequest:
    return BadRequest(
        408, "slow", Text("请求内容没有及时到达。", "The body did not arrive in time."),
        Text("请重新发送。", "Send it again."), headers=[("connection", "close")],
    )  # fmt: skip


def wrong_media() -> BadRequest:
    return BadRequest(
        415, "media_type", Text("请求内容须为 JSON。", "The body must be JSON."),
        Text("请使用 Content-Type: application/json，不压缩。", "Send Content-Type: application/json, uncompressed."),
    )  # fmt: skip


def unreadable(parts: Iterable[str] = ()) -> BadRequest:
    return BadRequest(
        422, "unreadable", Text("请求的形式不对。", "The request has the wrong shape."), _SEE,
        ", ".join(dict.fromkeys(parts))[:300],
    )  # fmt: skip


def busy() -> BadRequest:
    return BadRequest(
        503, "busy", Text("网关繁忙。", "The gateway is busy."), Text("请稍后重试。", "Try again in a moment."),
        headers=[("retry-after", "1")],
    )  # fmt: skip


def too_many_refusals() -> BadRequest:
    return BadRequest(
        429, "refusals", Text("未被接受的请求过多。", "Too many requests were not accepted."),
        Text("请稍后重试。", "Try again later."), headers=[("retry-after", "60")],
    )  # fmt: skip


def unexpected(reference: str) -> BadRequest:
    return BadRequest(
        500, "unexpected", Text("发生意外错误，未作应答。", "Something unexpected happened; nothing was answered."),
        Text("请将编号告知管理员。", "Tell the administrator the reference."), reference,
    )  # fmt: skip


def status_and_headers(error: HouseError) -> tuple[int, list[tuple[str, str]]]:
    """How an error is answered."""
    if isinstance(error, BadRequest):
        return error.status, list(error.headers)
    if error.code == "exchange.gateway.unauthorised":
        return 401, [
            ("www-authenticate", 'Signature realm="tongchou"'),
            ("accept-signature", ACCEPT_SIGNATURE),
        ]
    if isinstance(error, errors.Paused):
        return 429, [("retry-after", str(error.wait_s))]
    if error.code in ("exchange.refused.quota", "exchange.refused.probed"):
        return 429, [("retry-after", "3600")]
    if error.code in ("exchange.ambiguous", "exchange.statement_unusable"):
        return 409, []
    status = status_of(error)
    return status, [("retry-after", "1")] if status == 503 else []


def document(error: HouseError, language: str) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Status, body and further headers of the answer to an error."""
    status, headers = status_and_headers(error)
    return status, orjson.dumps(error.as_problem(language, status)), headers


_LANGUAGE = re.compile(
    r"\s*([a-zA-Z]{1,8}|\*)(?:-[a-zA-Z0-9-]{1,20})?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*"
)


def language_of(accept: str) -> str:
    """ "zh" or "en" by Accept-Language; Chinese where neither is wanted more."""
    best, found = 0.0, "zh"
    for part in accept[:200].split(","):
        said = _LANGUAGE.fullmatch(part)
        if said is None:
            continue
        weight = float(said[2]) if said[2] else 1.0
        name = said[1].lower()
        if name in ("zh", "en") and weight > best:
            best, found = weight, name
    return found
