"""σ, Γ and type verdicts from mypy, which runs in a process of its own (`process`) and is asked through `client.Oracle`."""
