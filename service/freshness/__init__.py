"""When each source last delivered: seen in AWS every few minutes, without the engine and without a lease."""
