"""The denoise loop of §7 and what it is made of: schedule, transition, corrector, order, length, energy. numpy only."""
