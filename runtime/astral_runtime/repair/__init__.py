"""Localized repair (§6.2): a verifier's error → its tokens → dilate to the syntactic parent → remask → refill only there → verify again."""

from astral_runtime.repair.diagnosis import Diagnosis, diagnose
from astral_runtime.repair.judge import PipelineVerifiers, Verifiers
from astral_runtime.repair.loop import repairs
from astral_runtime.repair.values import Repair, RepairOptions

__all__ = ["Diagnosis", "PipelineVerifiers", "Repair", "RepairOptions", "Verifiers", "diagnose", "repairs"]
