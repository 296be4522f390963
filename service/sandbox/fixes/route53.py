"""Route 53: a log group's ARN with or without ``:*``, and the query logging of one zone.

moto finds a log group by the one spelling only, looks for a zone under an id that it does not have, and lists every
zone's configurations whichever was asked for.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateQueryLoggingConfig.html (its example has no ``:*``),
https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListQueryLoggingConfigs.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.route53.exceptions import NoSuchHostedZone
from moto.route53.models import Route53Backend

from service.sandbox.fixes import replaces


@replaces(Route53Backend, "create_query_logging_config")
def _create(original: Callable[..., Any], self: Any, hosted_zone_id: str, log_group_arn: str) -> Any:
    group = log_group_arn.removesuffix(":*")
    made = original(self, hosted_zone_id, f"{group}:*" if group else group)
    made.cloud_watch_logs_log_group_arn = group
    return made


@replaces(Route53Backend, "list_query_logging_configs")
def _list(original: Callable[..., Any], self: Any, hosted_zone_id: str | None = None, **page: Any) -> Any:
    """A zone has one configuration at most, so there is nothing to page where one is asked for."""
    if not hosted_zone_id:
        return original(self, **page)
    zone = hosted_zone_id.rpartition("/")[2]
    if zone not in {known.resource_id for known in self.zones.values()}:
        raise NoSuchHostedZone(zone)
    configs = self.query_logging_configs.values()
    return [config for config in configs if config.hosted_zone_id == zone], None
