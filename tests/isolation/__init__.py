"""No organization reaches another one (K32), and nobody does what their role may not (K12)."""
