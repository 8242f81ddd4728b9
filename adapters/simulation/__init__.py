"""What every simulated system shares: scripted faults, a log of effects, a panel over HTTP, and a server for them."""
