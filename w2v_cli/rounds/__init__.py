"""Rounds of several shards: what each trains, what it changes, and how changes become one."""
