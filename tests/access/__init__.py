"""Tests of what an organization manages itself."""
