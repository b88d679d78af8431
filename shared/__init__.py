"""What two services or more need: the caller, errors, validation, logs, tracing, events."""
