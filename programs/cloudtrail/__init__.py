"""The `cloudtrail` kind: a trail of production -> a store in the log account; and its presets: a service's calls -> Firehose."""
