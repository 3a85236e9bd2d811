"""The jobs of the way out, by their dotted names."""

DELIVER_JOB = "workers.delivery.drain"
ERRANDS_JOB = "workers.delivery.errands"
TYPING_JOB = "workers.delivery.typing"
LOOK_UP_JOB = "workers.delivery.look_up"
