"""What an instance does when it starts: mount the buffer, configure Fluentd, and flush before it goes. Pure.

The image brings fluent-package (and with it fluent-plugin-s3) and the AWS CLI: an instance then starts without any package
server, all instances run the same bytes, and nothing but S3 and Auto Scaling need be reached.

Flushing: while a lifecycle hook holds the instance, the metadata item `autoscaling/target-lifecycle-state` says `Terminated`
("Retrieve the target lifecycle state through instance metadata", EC2 Auto Scaling User Guide). Fluentd is then stopped, which
flushes its buffer, and the hook is told to go on only once no chunk is left.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from programs.syslog.fluentd import Configuration, render

LIMIT = 16384
"""Bytes of user data before it is encoded ("Run commands when you launch an EC2 instance", EC2 User Guide)."""
DEVICE = "/dev/sdf"
BUFFER_PATH = "/var/lib/logflume/buffer"
CONFIG_PATH = "/etc/fluent/fluentd.conf"
"""Where fluent-package reads its configuration ("Post Installation Guide", Fluentd documentation)."""
HEREDOC = "END_OF_FLUENTD_CONF"


@dataclass(frozen=True)
class Hook:
    """The lifecycle hook that waits for an instance to flush."""

    group: str
    name: str
    region: str
    settle_seconds: int
    """For how long clients may still send on connections they have."""


def user_data(configuration: Configuration, hook: Hook) -> str:
    """The script that cloud-init runs once."""
    constants = {
        "DEVICE": DEVICE,
        "BUFFER": BUFFER_PATH,
        "GROUP": hook.group,
        "HOOK": hook.name,
        "REGION": hook.region,
        "SETTLE": str(hook.settle_seconds),
    }
    words = "\n".join(f"readonly {name}={shlex.quote(value)}" for name, value in constants.items())
    config = f"cat >{CONFIG_PATH} <<'{HEREDOC}'\n{render(configuration)}{HEREDOC}\n"
    return "\n".join((_HEAD, words, _VOLUME, config, _SERVICES))


_HEAD = """\
#!/bin/bash
# A syslog collector of logflume. It is never changed: another configuration is another instance.
set -euo pipefail
"""

_VOLUME = """
# The encrypted volume of the buffer. It may be attached a moment after the start.
for _ in $(seq 60); do
  [ -b "$DEVICE" ] && break
  sleep 1
done
blkid "$DEVICE" >/dev/null || mkfs.xfs -q "$DEVICE"
mkdir -p "$(dirname "$BUFFER")"
mount "$DEVICE" "$(dirname "$BUFFER")"
mkdir -p "$BUFFER"
chown "$(stat -c %U:%G /var/log/fluent)" "$BUFFER"

# Room for bursts of datagrams while Fluentd is busy.
sysctl -q -w net.core.rmem_default=8388608 net.core.rmem_max=8388608
"""

_SERVICES = """\
mkdir -p /etc/systemd/system/fluentd.service.d
cat >/etc/systemd/system/fluentd.service.d/logflume.conf <<'END_OF_OVERRIDE'
[Service]
TimeoutStopSec=300
END_OF_OVERRIDE

cat >/etc/default/logflume-drain <<END_OF_DEFAULTS
BUFFER=$BUFFER
GROUP=$GROUP
HOOK=$HOOK
REGION=$REGION
SETTLE=$SETTLE
END_OF_DEFAULTS

cat >/usr/local/sbin/logflume-drain <<'END_OF_DRAIN'
#!/bin/bash
# Waits until the instance is to go, flushes what Fluentd buffers, and lets it go.
set -euo pipefail
# shellcheck source=/dev/null
. /etc/default/logflume-drain
imds() {
  local token
  token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token) &&
    curl -sf -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"
}
until [ "$(imds autoscaling/target-lifecycle-state)" = Terminated ]; do
  sleep 5
done
sleep "$SETTLE"
until systemctl stop fluentd && [ -z "$(find "$BUFFER" -name '*.log' -print -quit)" ]; do
  systemctl start fluentd
  sleep 30
done
aws autoscaling complete-lifecycle-action --region "$REGION" --auto-scaling-group-name "$GROUP" \\
  --lifecycle-hook-name "$HOOK" --instance-id "$(imds instance-id)" --lifecycle-action-result CONTINUE
END_OF_DRAIN
chmod 0755 /usr/local/sbin/logflume-drain

cat >/etc/systemd/system/logflume-drain.service <<'END_OF_UNIT'
[Unit]
Description=Flush the syslog buffer before this instance goes
After=network-online.target
Wants=network-online.target
[Service]
ExecStart=/usr/local/sbin/logflume-drain
Restart=on-failure
RestartSec=5
[Install]
WantedBy=multi-user.target
END_OF_UNIT

systemctl daemon-reload
systemctl enable fluentd.service logflume-drain.service
systemctl restart fluentd.service logflume-drain.service
"""
