"""How the hub's processes live: the embedded queue, the supervisor above them, and that each dies with its parent."""
