"""What all figures share: theme, axes, labels at curves, short names."""
