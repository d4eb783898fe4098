"""Configuration: TOML to a frozen Config; every error names file, line, column, key and remedy."""

from __future__ import annotations

from uptime.config.errors import ConfigError, ConfigErrors
from uptime.config.loader import load
from uptime.config.manual import reference
from uptime.config.model import (
    Calendar,
    Channel,
    Check,
    Config,
    Contract,
    Group,
    History,
    PublicName,
    Route,
    Service,
    SiagaSettings,
    Tier,
)
from uptime.config.one import one_probe
from uptime.config.settings import socket_path
from uptime.config.shape import OptionRow, describe_options

__all__ = [
    "Calendar",
    "Channel",
    "Check",
    "Config",
    "ConfigError",
    "ConfigErrors",
    "Contract",
    "Group",
    "History",
    "OptionRow",
    "PublicName",
    "Route",
    "Service",
    "SiagaSettings",
    "Tier",
    "describe_options",
    "load",
    "one_probe",
    "reference",
    "socket_path",
]
