"""Machines and devices side by side, rendered."""
