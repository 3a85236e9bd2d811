"""The audit log: an entry for every change, and a chain that shows every tampering."""
