"""The ways in: HTTP today. Reads what senders sent, says who they are and what is wrong, and hands on what is good."""
