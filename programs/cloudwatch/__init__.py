"""The `cloudwatch` kind: log groups in production -> subscription filters -> Firehose -> a store in the log account."""
