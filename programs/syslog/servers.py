"""The servers: a role, a launch template and an Auto Scaling group. A server is never changed, only replaced."""

from __future__ import annotations

import base64

import pulumi
import pulumi_aws as aws

from programs.accounts import tags_for, under
from programs.documents import render
from programs.names import ROLE_PATH
from programs.store.announcements import OBJECTS_PREFIX
from programs.store.bucket import LogStore
from programs.syslog import policies
from programs.syslog.balancer import SETTLE_SECONDS, Balancer
from programs.syslog.fluentd import Configuration, FileBuffer, HealthInput, S3Output, SyslogInput
from programs.syslog.network import Network, ServerArgs
from programs.syslog.spec import FLUSH_SECONDS
from programs.syslog.user_data import BUFFER_PATH, DEVICE, Hook, user_data

HOOK = "flush"
GRACE_SECONDS = 300
"""After its start a server is not yet judged by its health."""
_MIB_OF_A_GIB_USED = 900
"""Fluentd stops to take in before the volume is full."""


class ServerRole(pulumi.ComponentResource):
    """The role comes first: the store's policies name it, and AWS refuses names of what does not exist."""

    def __init__(self, name: str, args: ServerArgs) -> None:
        super().__init__("logflume:syslog:ServerRole", name)
        self.role = aws.iam.Role(
            "syslog-role",
            name=args.names.syslog_role,
            path=ROLE_PATH,
            permissions_boundary=args.wish.production.boundary_arn,
            assume_role_policy=render(policies.instance_trust()),
            tags=tags_for(args.wish, "syslog-role"),
            opts=under(self, args.account),
        )
        self.profile = aws.iam.InstanceProfile(
            "syslog-profile",
            name=args.names.syslog_role,
            path=ROLE_PATH,
            role=self.role.name,
            tags=tags_for(args.wish, "syslog-profile"),
            opts=under(self.role, args.account),
        )
        self.register_outputs({"role": self.role.arn})


class Servers(pulumi.ComponentResource):
    """While draining the group is empty: each server has flushed what it had, and is gone."""

    def __init__(
        self,
        name: str,
        args: ServerArgs,
        role: ServerRole,
        store: LogStore,
        network: Network,
        balancer: Balancer,
    ) -> None:
        super().__init__("logflume:syslog:Servers", name)
        self._args, self._role = args, role
        needs = [self._permissions(store), *store.ready, *network.rules]
        template = self._template(network)
        self.group = self._group(template, balancer, needs)
        self._hook()
        self.register_outputs({"group": self.group.name})

    def _permissions(self, store: LogStore) -> pulumi.Resource:
        names = self._args.names
        return aws.iam.RolePolicy(
            "syslog-permissions",
            name="write-to-the-store",
            role=self._role.role.name,
            policy=store.key_arn.apply(lambda arn: render(policies.instance_permissions(names, arn))),
            opts=under(self._role.role, self._args.account),
        )

    def _template(self, network: Network) -> aws.ec2.LaunchTemplate:
        """Metadata by IMDSv2 alone, and not beyond the instance; nobody can log in."""
        args = self._args
        tags = tags_for(args.wish, "server")
        return aws.ec2.LaunchTemplate(
            "template",
            name=args.names.servers,
            update_default_version=True,
            image_id=args.place.image,
            instance_type=args.spec.instance_type,
            iam_instance_profile={"arn": self._role.profile.arn},
            vpc_security_group_ids=[network.servers.id],
            metadata_options={
                "http_endpoint": "enabled",
                "http_tokens": "required",
                "http_put_response_hop_limit": 1,
            },
            block_device_mappings=[
                {
                    "device_name": DEVICE,
                    "ebs": {
                        "volume_size": args.spec.buffer_gib,
                        "volume_type": "gp3",
                        "encrypted": "true",
                        "delete_on_termination": "true",
                    },
                }
            ],
            tag_specifications=[
                {"resource_type": "instance", "tags": tags},
                {"resource_type": "volume", "tags": tags},
            ],
            user_data=base64.b64encode(script(args).encode()).decode(),
            tags=tags_for(args.wish, "template"),
            opts=under(self, args.account),
        )

    def _group(
        self, template: aws.ec2.LaunchTemplate, balancer: Balancer, needs: list[pulumi.Resource]
    ) -> aws.autoscaling.Group:
        """By the template's number, not `$Latest`: only so does a new version start an instance refresh."""
        args = self._args
        size = args.spec.instances if args.wish.stage == "active" else 0
        return aws.autoscaling.Group(
            "group",
            name=args.names.servers,
            min_size=size,
            max_size=size * 2,
            desired_capacity=size,
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            vpc_zone_identifiers=list(args.place.subnet_ids),
            target_group_arns=[group.arn for group in balancer.targets.values()],
            health_check_type="ELB",
            health_check_grace_period=GRACE_SECONDS,
            # The new server stands before the old one goes.
            instance_refresh={
                "strategy": "Rolling",
                "preferences": {
                    "min_healthy_percentage": 100,
                    "max_healthy_percentage": 200,
                    "instance_warmup": "60",
                    "skip_matching": True,
                },
            },
            tags=[
                {"key": key, "value": value, "propagate_at_launch": False}
                for key, value in tags_for(args.wish, "group").items()
            ],
            # Emptying the group takes as long as its servers flush; the provider waits ten minutes by itself.
            opts=under(
                self, args.account, depends_on=needs, custom_timeouts=pulumi.CustomTimeouts(delete="30m")
            ),
        )

    def _hook(self) -> None:
        """It goes with its group and not before: servers that end with the group flush too."""
        aws.autoscaling.LifecycleHook(
            "flush-hook",
            name=HOOK,
            autoscaling_group_name=self.group.name,
            lifecycle_transition="autoscaling:EC2_INSTANCE_TERMINATING",
            heartbeat_timeout=FLUSH_SECONDS,
            default_result="CONTINUE",
            opts=under(self.group, self._args.account, retain_on_delete=True),
        )


def script(args: ServerArgs) -> str:
    """User data: what Fluentd does, and how it ends."""
    names, spec = args.names, args.spec
    inputs = [
        *([SyslogInput("udp")] if "udp" in spec.protocols else []),
        *([SyslogInput("tcp")] if {"tcp", "tls"} & set(spec.protocols) else []),
    ]
    buffer = FileBuffer(BUFFER_PATH, spec.buffer_seconds, spec.buffer_gib * _MIB_OF_A_GIB_USED)
    output = S3Output(names.bucket, names.log_region, OBJECTS_PREFIX, buffer)
    hook = Hook(names.servers, HOOK, names.production_region, SETTLE_SECONDS)
    return user_data(Configuration((*inputs, HealthInput()), output), hook)
