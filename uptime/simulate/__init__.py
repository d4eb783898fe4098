"""The simulated regency: real protocol servers on loopback, links that fail, scripted outages.

It plays any configuration whose targets are loopback addresses: what answers at a target follows
from the check itself. The daemon beside it knows nothing of all this.
"""
