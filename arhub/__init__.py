"""The hub itself: what every other package builds on."""

__version__ = "0.1.0"
