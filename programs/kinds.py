"""The kinds of source that can be asked for: what a form, a JSON Schema and a check are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from programs.aws_config.spec import ConfigSpec
from programs.cloudtrail.spec import CloudTrailSpec, EcrSpec, ElasticsearchSpec
from programs.cloudwatch.presets.eks import EksSpec
from programs.cloudwatch.presets.rds import RdsSpec
from programs.cloudwatch.presets.route53 import Route53Spec
from programs.cloudwatch.spec import CloudWatchSpec
from programs.store.spec import StoreSpec
from programs.syslog.spec import SyslogSpec


class UnknownPreset(ValueError):
    """A kind has no preset of that name."""


@dataclass(frozen=True)
class Offer:
    """Something to ask for: its words, the model of its spec, and an example of one."""

    name: str
    title: str
    description: str
    spec_model: type[StoreSpec]
    example: dict[str, Any]

    @property
    def json_schema(self) -> dict[str, Any]:
        """JSON Schema of the spec: first what is special about this offer, then what every store is asked for."""
        schema = self.spec_model.model_json_schema()
        properties = schema["properties"]
        own = [name for name in properties if name not in StoreSpec.model_fields]
        schema["properties"] = {name: properties[name] for name in [*own, *StoreSpec.model_fields]}
        return schema


@dataclass(frozen=True)
class Kind(Offer):
    """One kind, and its presets: the same pipeline asked for in the words of one AWS service.

    A spec chooses its preset by its field `preset`. The program is found by `programs.program_for`.
    """

    presets: Mapping[str, Offer] = field(default_factory=dict)
    only_one: bool = False
    """Whether a production account has room for one of these a region."""

    def offer(self, preset: str | None) -> Offer:
        """The offer of a preset, or the kind's own.

        Raises:
            UnknownPreset: there is none of that name.
        """
        if preset is None:
            return self
        if preset not in self.presets:
            known = ", ".join(sorted(self.presets)) or "none"
            raise UnknownPreset(f"{self.name} has no preset of that name; known: {known}")
        return self.presets[preset]

    def model_for(self, spec: Mapping[str, Any]) -> type[StoreSpec]:
        """The model that a spec is an instance of.

        Raises:
            UnknownPreset: its preset is none of this kind's.
        """
        preset = spec.get("preset")
        return self.offer(preset if preset is None else str(preset)).spec_model


def _by_name(*offers: Offer) -> dict[str, Offer]:
    return {offer.name: offer for offer in offers}


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="cloudwatch",
            title="CloudWatch Logs",
            description="Log groups of the production account, shipped through Firehose into a store of the log account.",
            spec_model=CloudWatchSpec,
            example={"log_group": "/aws/lambda/payments", "retention_days": 400},
            presets=_by_name(
                Offer(
                    name="route53",
                    title="Route 53 queries",
                    description="The queries of a public hosted zone, logged in us-east-1.",
                    spec_model=Route53Spec,
                    example={"preset": "route53", "zone": "example.com", "zone_id": "Z0123456789ABC"},
                ),
                Offer(
                    name="rds",
                    title="RDS and Aurora",
                    description="The logs of a DB instance or cluster, by its engine's exports.",
                    spec_model=RdsSpec,
                    example={
                        "preset": "rds",
                        "instance": "payments",
                        "engine": "postgres",
                        "exports": ["postgresql", "upgrade"],
                    },
                ),
                Offer(
                    name="eks",
                    title="EKS control plane",
                    description="The control-plane logs of a cluster.",
                    spec_model=EksSpec,
                    example={"preset": "eks", "cluster": "payments", "types": ["audit", "authenticator"]},
                ),
            ),
        ),
        Kind(
            name="cloudtrail",
            title="CloudTrail",
            description="Who called which AWS API: a trail of production's every region, into a store of the log account.",
            spec_model=CloudTrailSpec,
            example={"s3_objects": ["arn:aws:s3:::payments-invoices/"], "retention_days": 400},
            presets=_by_name(
                Offer(
                    name="ecr",
                    title="Amazon ECR",
                    description="Calls to ECR: who pushed, pulled and changed which image and repository.",
                    spec_model=EcrSpec,
                    example={"preset": "ecr", "retention_days": 400},
                ),
                Offer(
                    name="elasticsearch",
                    title="Elasticsearch and OpenSearch",
                    description="Calls to the configuration API of OpenSearch Service: who made and changed which domain.",
                    spec_model=ElasticsearchSpec,
                    example={"preset": "elasticsearch", "reads": False, "retention_days": 400},
                ),
            ),
        ),
        Kind(
            name="config",
            title="AWS Config",
            description="The configuration history of a production account's resources in its region, and snapshots of it.",
            spec_model=ConfigSpec,
            example={"global_types": True, "retention_days": 2555},
            only_one=True,
        ),
        Kind(
            name="syslog",
            title="Syslog",
            description="A syslog server of your own in the production account: a load balancer and Fluentd behind it.",
            spec_model=SyslogSpec,
            example={"networks": ["10.20.0.0/16"], "protocols": ["tcp"], "port": 514},
        ),
    )
}
