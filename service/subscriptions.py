"""Who is told of what: the subscriptions of an environment, as they are configured. Pure, and without any secret.

    [[environments.default.notifications]]
    name = "payments-hook"
    type = "webhook"
    url = "https://hooks.example.com/logflume"
    secret_from = "env:PAYMENTS_HOOK_SECRET"
    teams = ["payments"]
    events = ["source.stalled", "source.drifted"]

    [[environments.default.notifications]]
    name = "operators"
    type = "slack"
    url_from = "file:/run/secrets/slack-url"

    [[environments.default.notifications]]
    name = "bus"
    type = "sns"
    topic_arn = "arn:aws:sns:eu-west-3:333333333333:logflume"
    role_arn = "arn:aws:iam::333333333333:role/logflume-publisher"
    external_id = "..."

A secret is named, never written here: `env:NAME` is a variable of the workers, `file:/path` a file that they can read. Both are
read for each try, so a rotated secret needs no restart where it is a file.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Event = Literal[
    "source.ready",
    "source.not_ready",
    "source.stalled",
    "source.drifted",
    "source.in_sync",
    "source.access_widened",
    "source.access_as_meant",
    "source.not_delivering",
    "source.delivering",
    "operation.awaiting_approval",
]
EVENTS: tuple[Event, ...] = get_args(Event)
USUAL: tuple[Event, ...] = tuple(event for event in EVENTS if event != "source.not_ready")
"""`source.stalled` tells all that `source.not_ready` does, and of sources that never were ready, too."""

SecretPlace = Annotated[str, StringConstraints(pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:/[^\x00]+)$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[\x21-\x7e]+$", max_length=2000)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z](-?[a-z0-9])*$", max_length=30)]


class _Subscription(BaseModel):
    """What every subscription has. Misspelt fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    teams: tuple[Name, ...] = ()
    """Whose sources; left out, every team's."""
    events: tuple[Event, ...] = Field(default=USUAL, min_length=1)

    def wants(self, event: str, team: str) -> bool:
        """Whether this event of a source of this team is told here."""
        return event in self.events and (not self.teams or team in self.teams)


class _ByHttp(_Subscription):
    """An address in the open, or the place of one that is itself a secret."""

    url: Url | None = Field(default=None, repr=False)
    url_from: SecretPlace | None = None

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if (self.url is None) == (self.url_from is None):
            raise ValueError("give either url or url_from")
        return self


class Webhook(_ByHttp):
    """JSON to a URL, signed as Standard Webhooks has it."""

    type: Literal["webhook"]
    secret_from: SecretPlace
    """Where the signing secret is: `whsec_` and base64 of 24 to 64 bytes; two, with a space between, while one is replaced."""


class Slack(_ByHttp):
    """A line of text to an incoming webhook of Slack, or of what speaks like it. Whoever knows its URL can write there."""

    type: Literal["slack"]

    @model_validator(mode="after")
    def _address_is_secret(self) -> Self:
        if self.url_from is None:
            raise ValueError("the URL of a Slack webhook is a secret: give url_from")
        return self


class Sns(_Subscription):
    """The same JSON as a webhook's, published to a topic under a role that lets the service do that."""

    type: Literal["sns"]
    topic_arn: Annotated[
        str, StringConstraints(pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$")
    ]
    role_arn: Annotated[
        str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[A-Za-z0-9_+=,.@/-]+$")
    ]
    external_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+=,.@:/-]+$")] | None = Field(
        default=None, repr=False
    )

    @property
    def region(self) -> str:
        """Where the topic is: Publish takes topics of the endpoint's own region alone."""
        return self.topic_arn.split(":")[3]


Subscription = Annotated[Webhook | Slack | Sns, Field(discriminator="type")]
