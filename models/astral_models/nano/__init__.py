"""astral-nano and its larger siblings: one net, three sizes (`config`), one file (`net`)."""
