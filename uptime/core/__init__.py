"""The rules: functions of values, with no clock and no I/O."""
