"""What the model knows of the text around a hole: tokens, and the encoder's warm states of them (§3.2)."""
