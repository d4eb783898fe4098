"""Tests: they mirror the packages; real servers on loopback, no root."""
