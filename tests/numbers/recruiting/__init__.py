"""Winning the people of a banned sender for the new one."""
