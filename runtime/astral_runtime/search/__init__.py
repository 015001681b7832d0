"""Type-directed search for fills: no model, no wait."""
