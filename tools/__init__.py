"""What the house is kept up with: generated reference pages, translations. Not installed."""
