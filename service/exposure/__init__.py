"""Who can touch the logs of one source: computed from policy documents alone, as they were applied or as they were found.

`documents` gathers them, `principals` and `acts` say whom and what is asked about, `report` decides with the evaluator of
`service.access`, `intended` says who is meant to have what, and `widened` is the difference. Pure but for `stored`.
"""

NOT_SEEN = (
    "Policies of an organisation (service and resource control policies): they can only forbid more.",
    "Grants of KMS keys, which stand beside the key policy; who may make one is told.",
    "ACLs of buckets and objects: the store's buckets take none (BucketOwnerEnforced).",
    "Policies of VPC endpoints and of sessions: they can only forbid more.",
    "Policies attached to our roles by hand beside those of the stack; the permissions boundary still limits them.",
    "Federated identities in a policy, and boundaries or deploy roles that were changed by hand.",
    "Own policies of engineers, readers and consumers: taken to allow everything in their account.",
)
"""What a report is silent about, and which way that errs."""
