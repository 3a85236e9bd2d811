"""The intake side of the line, through the doors that platforms and people use."""
