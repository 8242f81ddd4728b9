"""A model of what senders and operators know, and a machine that lets them do anything in any order."""
