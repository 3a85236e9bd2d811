"""The pure decision: hours, rules, the choice of an operator, and the reasons it gives."""
