"""What an operator asks: health, version, metrics."""
