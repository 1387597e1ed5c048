"""Bills: what suppliers ask to be paid, from the door to the payment."""
