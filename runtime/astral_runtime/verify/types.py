"""The type verifier: mypy, asked through the oracle (`Oracle.check`)."""

from __future__ import annotations

from astral_runtime.verify.localise import localise
from astral_runtime.verify.spec import ExactVerifierSpec

TYPES = ExactVerifierSpec(
    domain="types",
    tool="mypy",
    trigger_policy="adaptive",
    required=True,
    error_localizer=localise,
)
