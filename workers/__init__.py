"""The background half of the hub: RQ jobs and the schedule that wakes them."""
