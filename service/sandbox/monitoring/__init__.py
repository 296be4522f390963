"""CloudWatch's own part: the metrics that services publish by themselves, and the alarms that watch them."""
