"""`hub doctor`: what is well and what is not, each with its mend."""

from hub.doctor.findings import Finding, Grade, judge
from hub.doctor.look import examine

__all__ = ["Finding", "Grade", "examine", "judge"]
