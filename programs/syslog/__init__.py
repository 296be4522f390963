"""The `syslog` kind: a load balancer, instances that run Fluentd, and a store in the log account."""
