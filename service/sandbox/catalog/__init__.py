"""The resource types that the sandbox's provider knows: type token -> the class that makes, reads, changes and deletes it.

A new type is a class in the module of its service, an entry in that module's RESOURCES, and a case in the tests of the
provider (`tests/sandbox/provider/cases/`), which take every type through its whole life.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from service.sandbox.catalog.resource import Resource


@functools.cache
def resource_types() -> Mapping[str, Resource]:
    """Every known type by its token (`aws:s3/bucket:Bucket`)."""
    from service.sandbox.catalog import (
        autoscaling,
        bucket_lifecycle,
        bucket_lock,
        bucket_notification,
        bucket_replication,
        bucket_settings,
        cloudtrail,
        cloudwatch,
        config,
        events,
        firehose,
        iam,
        instance_profile,
        kms,
        launch_template,
        lifecycle_hooks,
        listeners,
        load_balancing,
        log_resource_policy,
        logs,
        route53,
        s3,
        security_groups,
        sns,
        sns_subscription,
        sqs,
    )

    buckets = (
        *(s3, bucket_settings, bucket_lifecycle, bucket_notification),
        *(bucket_lock, bucket_replication),
    )
    messages = (sns, sns_subscription, sqs)
    others = (kms, iam, cloudwatch, config, firehose, logs, log_resource_policy, route53)
    calls = (cloudtrail, events)
    servers = (
        security_groups,
        launch_template,
        autoscaling,
        lifecycle_hooks,
        load_balancing,
        listeners,
        instance_profile,
    )
    modules = (*buckets, *calls, *messages, *servers, *others)
    return {resource.token: resource for module in modules for resource in module.RESOURCES}
