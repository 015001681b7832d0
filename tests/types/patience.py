"""How long the tests of the oracle wait for an answer: much longer than any takes, also on a busy machine."""

DEADLINE_MS = 60_000
