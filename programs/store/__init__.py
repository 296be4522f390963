"""The store: the log-account side of a pipeline, the same for every kind."""
