"""By hand: what a person does to one delivery beside replaying and discarding it."""
