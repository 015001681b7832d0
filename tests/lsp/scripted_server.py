"""The real server over stdio with the scripted engine: what the process tests start when they need slow or failing fills."""

from scripted import ScriptedEngine

from astral_lsp.server import serve_stdio

if __name__ == "__main__":
    serve_stdio(ScriptedEngine)
