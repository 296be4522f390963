"""Presets of the `cloudwatch` kind: the same pipeline, asked for in the words of the AWS service whose logs they are."""
