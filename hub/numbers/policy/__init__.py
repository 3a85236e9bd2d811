"""Pure decisions about numbers: values and `now` in, a decision with its reason out."""
