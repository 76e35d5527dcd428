"""What an operator is told of builds, once for each event: log, webhook and mail."""
