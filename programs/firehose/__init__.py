"""A Firehose stream of the production account that writes into a store of the log account, and its two roles."""
