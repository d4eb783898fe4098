"""The figures of the README, re-run by `make bench`. Load goes to loopback, bounded in time."""
