"""`python -m astral_lsp` is `astral-lsp`."""

from astral_lsp.cli import main

main()
