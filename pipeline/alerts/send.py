"""The ways in which an event reaches an operator: webhook and mail."""

from __future__ import annotations

import hashlib
import hmac
import logging
import smtplib
import ssl
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, make_msgid
from ipaddress import ip_address
from typing import ClassVar
from urllib.parse import SplitResult, unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from pipeline.alerts.events import Event
from pipeline.alerts.runs import CHANNELS
from pipeline.storage.formats import json_line

SIGNATURE = "X-Statedata-Signature"
"""Header of a webhook call: ``sha256=`` and the HMAC-SHA256 of the body, in hexadecimal."""

_TRIES = 3
_CONNECT_SECONDS, _ANSWER_SECONDS = 3.0, 5.0
TIMEOUT = (_CONNECT_SECONDS, _ANSWER_SECONDS)
"""Seconds to connect, and to be answered."""
_TRY_AGAIN = (429, 500, 502, 503, 504)
_SUBJECT_LENGTH = 160
_WEBHOOK_URL, _SMTP_URL = CHANNELS
_PORTS = {"smtp": 25, "starttls": 587, "smtps": 465}


class ChannelError(Exception):
    """A channel cannot send; why, without address, password or token, for it goes to the log."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A POST of the event as JSON to an address, signed with a secret if there is one."""

    name: ClassVar = "webhook"
    url: str = field(repr=False)
    secret: str = field(repr=False)
    pause: float = 0.5

    def send(self, event: Event, at: datetime) -> None:
        """Post the event; tries again when the other side is not well.

        Raises:
            ChannelError: no answer, or none that accepts it.
        """
        body = json_line(payload(event, at)).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "statedata"}
        if self.secret:
            digest = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
            headers[SIGNATURE] = f"sha256={digest}"
        try:
            # A redirect would carry the event to another address; a body could be endless.
            with session(self.pause) as web, web.post(
                self.url, data=body, headers=headers, allow_redirects=False, stream=True,
                timeout=TIMEOUT,
            ) as answer:  # fmt: skip
                status = answer.status_code
        except (requests.RequestException, OSError, ValueError) as error:
            # Only the kind: the error's own text holds the address, and with it often a token.
            raise ChannelError(f"no answer: {type(error).__name__}") from None
        if not 200 <= status < 300:
            raise ChannelError(f"answered with status {status}")


@dataclass(frozen=True, slots=True)
class Mail:
    """A message by SMTP; ``security`` is smtp, starttls (demanded) or smtps (from the start)."""

    name: ClassVar = "mail"
    security: str
    host: str
    port: int
    user: str = field(repr=False)
    password: str = field(repr=False)
    sender: str
    recipients: tuple[str, ...]
    pause: float = 0.5

    def send(self, event: Event, at: datetime) -> None:
        """Send the event; tries again when the server is not there or asks for it.

        Raises:
            ChannelError: the server is not there, or refuses it.
        """
        message = mail(event, at, self.sender, self.recipients)
        for tries in range(1, _TRIES + 1):
            try:
                with self._connected() as server:
                    server.send_message(message)
            except (OSError, smtplib.SMTPException) as error:
                # Only kind and code: a server may repeat what it was told.
                code = getattr(error, "smtp_code", None)
                if tries == _TRIES or (isinstance(code, int) and code >= 500):
                    why = type(error).__name__ + (f" {code}" if code else "")
                    raise ChannelError(f"not sent: {why}") from None
                time.sleep(self.pause * 2**tries)
            else:
                return

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if self.security == "smtps":
            server = smtplib.SMTP_SSL(
                self.host, self.port, timeout=_ANSWER_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=_ANSWER_SECONDS)
        try:
            server.ehlo()
            offered = self.security == "smtp" and server.has_extn("starttls")
            if self.security == "starttls" or offered:
                server.starttls(context=context)
                server.ehlo()
            elif self.security == "smtp" and self.user and not _is_loopback(self.host):
                raise ChannelError(
                    "not sent: the server offers no encryption for the password; use a server with "
                    "smtps:// or starttls://"
                )
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server


Channel = Webhook | Mail
"""By its name it is remembered who was told."""


def channels(environment: Mapping[str, str]) -> tuple[list[Channel], list[str]]:
    """The channels that the environment asks for, and what is wrong with those it cannot have."""
    found: list[Channel] = []
    problems: list[str] = []
    for build in (_webhook, _mail):
        try:
            channel = build(environment)
        except ValueError as error:
            problems.append(str(error))
            continue
        if channel is not None:
            found.append(channel)
    return found, problems


def session(pause: float = 0.5) -> requests.Session:
    """A session that tries again when the other side is not there or not well."""
    retries = Retry(
        total=_TRIES - 1,
        backoff_factor=pause,
        status_forcelist=_TRY_AGAIN,
        allowed_methods=None,
        raise_on_status=False,
        respect_retry_after_header=False,
    )
    # It warns of every try with the address, in which a token may be.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    made = requests.Session()
    for scheme in ("https://", "http://"):
        made.mount(scheme, HTTPAdapter(max_retries=retries))
    return made


def title(event: Event) -> str:
    """What kind of event it is, and whether it has ended."""
    return f"resolved: {event.kind}" if event.resolved else event.kind


def payload(event: Event, at: datetime) -> dict[str, str | bool | None]:
    """The event for machines. ``text`` is one line for chat rooms, in which ``<`` calls people."""
    found: dict[str, str | bool | None] = {"id": event.id, "at": at.isoformat(timespec="seconds")}
    found.update({name: value for name, value in asdict(event).items() if name != "state"})
    found["resolved"] = event.resolved
    text = f"statedata: {title(event)}: {event.message}"
    text += "" if event.resolved else f" Next: {event.command}"
    found["text"] = _one_line(text).replace("<", "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}")
    return found


def mail(event: Event, at: datetime, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """The event for people. Nothing that a sheet prints can end a header's line."""
    message = EmailMessage()
    subject = _one_line(f"statedata: {title(event)}: {event.subject} {event.check or ''}")
    message["Subject"] = subject[:_SUBJECT_LENGTH]
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = make_msgid(event.id, domain=sender.rpartition("@")[2].rstrip(">"))
    message["Auto-Submitted"] = "auto-generated"
    lines = ["This has ended:", ""] if event.resolved else []
    lines += [event.message, ""]
    for label, value in (
        ("event", event.kind),
        ("subject", event.subject),
        ("check", event.check),
        ("expected", event.expected),
        ("found", event.found),
        ("next", "" if event.resolved else event.command),
    ):
        if value:
            lines.append(f"{label + ':':<10}{_one_line(value)}")
    message.set_content("\n".join(lines).encode(errors="replace").decode() + "\n")
    return message


def _one_line(text: str) -> str:
    """Text without line breaks, controls and lone surrogates, which a file's name can hold."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())


def _webhook(environment: Mapping[str, str]) -> Webhook | None:
    url = environment.get(_WEBHOOK_URL, "")
    if not url:
        return None
    if _address(url, ("http", "https")) is None:
        raise ValueError(f"{_WEBHOOK_URL} is no http:// or https:// address")
    return Webhook(url, environment.get("STATEDATA_WEBHOOK_SECRET", ""))


def _mail(environment: Mapping[str, str]) -> Mail | None:
    url = environment.get(_SMTP_URL, "")
    if not url:
        return None
    names = ("STATEDATA_MAIL_FROM", "STATEDATA_MAIL_TO")
    senders, recipients = (
        [
            address
            for _, address in getaddresses([environment.get(name, "")])
            if "@" in address and address.isprintable()
        ]
        for name in names
    )
    for name, addresses in zip(names, (senders, recipients), strict=True):
        if not addresses:
            raise ValueError(f"{name} holds no mail address, but {_SMTP_URL} is set")
    parts = _address(url, _PORTS)
    if parts is None:
        raise ValueError(
            f"{_SMTP_URL} is no address like smtps://user:password@host:465; "
            "smtp, starttls and smtps are known"
        )
    return Mail(
        parts.scheme,
        parts.hostname or "",
        parts.port or _PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        senders[0],
        tuple(recipients),
    )


def _address(url: str, schemes: Collection[str]) -> SplitResult | None:
    """The parts of an address of these schemes; None if it is none, for the reason would show it."""
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return None
    return parts if parts.scheme in schemes and parts.hostname and has_port else None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
