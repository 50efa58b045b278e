"""All that the two sides of the wall share: messages, commands, limits and exit codes. Read by both."""
