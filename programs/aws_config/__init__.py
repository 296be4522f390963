"""The `config` kind: AWS Config's recorder and delivery channel in production -> a store in the log account."""
